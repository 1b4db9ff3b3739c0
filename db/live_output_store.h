#pragma once
#include <string>
#include <utility>
#include <vector>

#include "core/ids.h"

// What task runs under way have printed and shown so far.
namespace stoker::db {

class Transaction;

struct LiveOutput {
    RunId run_id;
    std::int64_t seq = 0;  // per task run, rising
    int cell = 0;
    int output = 0;          // place among the cell's outputs
    std::int64_t start = 0;  // of a text: at which of the output's bytes it goes on
    std::string kind;        // stdout, stderr, log (texts), output (an nbformat output, JSON), clear
    std::string content;
};

/// Of a worker: those of task runs whose lease is not held are dropped. Returns the runs, for kOutputsChannel.
std::vector<RunId> add_live_outputs(Transaction& tx, const std::vector<std::pair<std::string, LiveOutput>>& by_lease);
/// Up to `limit`, by run and seq, of what follows the seq that is known of each task run.
std::vector<LiveOutput> read_live_outputs(Transaction& tx, const std::vector<std::pair<RunId, std::int64_t>>& known,
                                          int limit);
/// Removes those of task runs that are over. Returns how many.
int prune_live_outputs(Transaction& tx);

}  // namespace stoker::db
