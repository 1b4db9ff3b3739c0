#pragma once
#include <exception>
#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "db/libpq.h"
#include "db/run_store.h"

namespace stoker::db {

using RunAnswer = std::variant<EnqueueResult, std::exception_ptr>;

/// The group-commit writer's one connection. Not thread-safe; used by the writer's thread.
class RunBatch {
  public:
    /// `pause` waits a moment before another try and returns false when the writer must give up.
    RunBatch(std::string dsn, std::string signing_key, std::function<bool()> pause);

    /// An answer per request, in order, once each is durable or refused. When the connection dies in commit, what was
    /// written is looked up by the requests' own run ids before anyone is answered.
    std::vector<RunAnswer> write(std::vector<EnqueueRequest> requests);

  private:
    struct SqlError;
    struct ConnectionLost;

    RunId next_id();
    void fill_in(std::vector<EnqueueRequest>& requests);
    std::vector<EnqueueResult> enqueue(const std::vector<EnqueueRequest>& requests);
    void look_up(const std::vector<EnqueueRequest>& requests, const std::vector<std::size_t>& open,
                 std::vector<RunAnswer>& answers, std::vector<std::size_t>& still_open);
    void notify(const std::vector<EnqueueResult>& results);
    void connect();
    PgResult query(const char* name, const std::vector<std::string>& params);

    std::string dsn_;
    std::string signing_key_;
    std::function<bool()> pause_;
    PgConnection connection_;
    std::vector<RunId> free_ids_;
};

}  // namespace stoker::db
