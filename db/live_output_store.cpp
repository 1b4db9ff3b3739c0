#include "db/live_output_store.h"

#include <nlohmann/json.hpp>

#include "db/transaction.h"

namespace stoker::db {

std::vector<RunId> add_live_outputs(Transaction& tx, const std::vector<std::pair<std::string, LiveOutput>>& by_lease) {
    auto outputs = nlohmann::json::array();
    for (const auto& [lease_token, output] : by_lease)
        outputs.push_back({{"run_id", output.run_id.value},
                           {"lease_token", lease_token},
                           {"seq", output.seq},
                           {"cell", output.cell},
                           {"output", output.output},
                           {"start", output.start},
                           {"kind", output.kind},
                           {"content", output.content}});
    return run_ids_of(tx.query("add_live_outputs", {outputs.dump()})[0]["job_run_ids"]);
}

std::vector<LiveOutput> read_live_outputs(Transaction& tx, const std::vector<std::pair<RunId, std::int64_t>>& known,
                                          int limit) {
    std::vector<RunId> run_ids;
    std::vector<std::string> seqs;
    for (const auto& [run_id, seq] : known) {
        run_ids.push_back(run_id);
        seqs.push_back(std::to_string(seq));
    }
    std::vector<LiveOutput> outputs;
    for (const auto& row : tx.query("read_live_outputs", {Param::array(run_ids), Param::array(seqs), limit})) {
        LiveOutput& output = outputs.emplace_back();
        read_id(row["run_id"], output.run_id);
        output.seq = number_of(row["seq"]);
        output.cell = static_cast<int>(number_of(row["cell"]));
        output.output = static_cast<int>(number_of(row["output"]));
        output.start = number_of(row["start"]);
        output.kind = text_of(row["kind"]);
        output.content = text_of(row["content"]);
    }
    return outputs;
}

int prune_live_outputs(Transaction& tx) {
    return static_cast<int>(number_of(tx.query("prune_live_outputs")[0]["pruned"]));
}

}  // namespace stoker::db
