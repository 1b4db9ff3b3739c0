#pragma once
#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "api/http/request.h"

namespace stoker::api {

/// Counters and gauges of this server, in Prometheus' text form. Thread-safe.
class Metrics {
  public:
    Metrics();
    ~Metrics();

    void request_answered(const Request& request, int status, std::chrono::duration<double> took);
    void run_enqueued(std::string_view outcome);
    void set_open_connections(std::size_t count);
    void set_waiting_clients(std::size_t count);
    void set_queue(std::string_view state, double task_runs);

    std::string text() const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace stoker::api
