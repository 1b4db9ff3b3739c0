#pragma once
#include <memory>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "db/run_store.h"

namespace stoker::db {

/// Group commit of run-now: requests that arrive while a commit is under way share the next one. One thread, one libpq
/// connection, one set-based statement for up to 64 requests, an outcome each; then one NOTIFY for the batch, outside
/// the transaction. If the connection dies in commit, the pre-allocated run ids are looked up before anyone is
/// answered. When more than `max_waiting` requests wait, `enqueue` throws ApiError RESOURCE_EXHAUSTED (429,
/// Retry-After: 1).
class RunWriter {
  public:
    struct Settings {
        std::string dsn;
        int max_batch = 64;
        int max_waiting = 4096;
        std::string signing_key;  // run tokens are signed here, once the run id is known
    };
    explicit RunWriter(Settings settings);
    ~RunWriter();  // answers what it has taken, then stops

    /// Resumes on the caller's executor once the run is on disk. request.run_id and .kernel_token are filled in here.
    boost::asio::awaitable<EnqueueResult> enqueue(EnqueueRequest request);

  private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace stoker::db
