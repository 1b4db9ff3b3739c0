#include "api/http/middleware/metrics.h"

#include <map>
#include <unordered_map>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include "api/http/router.h"

namespace stoker::api {
namespace {
// Seconds. Fine below 50 ms, where a warm run lives; the long end is for Prefer: wait.
const prometheus::Histogram::BucketBoundaries kBuckets{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                                       0.1,   0.25,   1,     5,    30,    300};

/// The pattern, not the path: a label that clients could make up would grow without bound.
std::string route_of(const Request& request) {
    if (!request.endpoint) return "unmatched";
    const std::string path(request.endpoint->path);
    if (request.version == ApiVersion::kNone) return path;
    return "/api/" + std::string(wire_name(request.version)) + "/" + path;
}
}  // namespace

struct Metrics::Impl {
    struct RouteMetrics {
        std::unordered_map<int, prometheus::Counter*> answered;  // by status
        prometheus::Histogram* seconds = nullptr;
    };
    prometheus::Registry registry;
    // Looking a metric up in its family costs more than the request's own handling.
    std::map<std::pair<const Endpoint*, ApiVersion>, RouteMetrics> by_route;
    prometheus::Family<prometheus::Counter>& requests =
        prometheus::BuildCounter().Name("stoker_http_requests_total").Help("Requests answered").Register(registry);
    prometheus::Family<prometheus::Histogram>& seconds = prometheus::BuildHistogram()
                                                             .Name("stoker_http_request_seconds")
                                                             .Help("Time from header to answer")
                                                             .Register(registry);
    prometheus::Family<prometheus::Counter>& enqueued = prometheus::BuildCounter()
                                                            .Name("stoker_runs_enqueued_total")
                                                            .Help("Answers to run-now and submit")
                                                            .Register(registry);
    prometheus::Family<prometheus::Gauge>& queue = prometheus::BuildGauge()
                                                       .Name("stoker_task_runs")
                                                       .Help("Task runs that are not over, by state")
                                                       .Register(registry);
    prometheus::Gauge& connections = prometheus::BuildGauge()
                                         .Name("stoker_http_open_connections")
                                         .Help("Connections held by this server")
                                         .Register(registry)
                                         .Add({});
    prometheus::Gauge& waiting = prometheus::BuildGauge()
                                     .Name("stoker_waiting_clients")
                                     .Help("Requests that wait for a run")
                                     .Register(registry)
                                     .Add({});
};

Metrics::Metrics() : impl_(std::make_unique<Impl>()) {}
Metrics::~Metrics() = default;

void Metrics::request_answered(const Request& request, int status, std::chrono::duration<double> took) {
    Impl::RouteMetrics& of_route = impl_->by_route[{request.endpoint, request.version}];
    prometheus::Counter*& answered = of_route.answered[status];
    if (!of_route.seconds || !answered) {
        const std::string route = route_of(request);
        of_route.seconds = &impl_->seconds.Add({{"route", route}}, kBuckets);
        answered = &impl_->requests.Add({{"route", route}, {"code", std::to_string(status)}});
    }
    answered->Increment();
    of_route.seconds->Observe(took.count());
}

void Metrics::run_enqueued(std::string_view outcome) {
    impl_->enqueued.Add({{"outcome", std::string(outcome)}}).Increment();
}
void Metrics::set_open_connections(std::size_t count) {
    impl_->connections.Set(static_cast<double>(count));
}
void Metrics::set_waiting_clients(std::size_t count) {
    impl_->waiting.Set(static_cast<double>(count));
}
void Metrics::set_queue(std::string_view state, double task_runs) {
    impl_->queue.Add({{"state", std::string(state)}}).Set(task_runs);
}

std::string Metrics::text() const {
    return prometheus::TextSerializer().Serialize(impl_->registry.Collect());
}

}  // namespace stoker::api
