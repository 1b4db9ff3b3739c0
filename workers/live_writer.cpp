#include "workers/live_writer.h"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>

#include <spdlog/spdlog.h>

#include "core/json_depth.h"
#include "db/listener.h"
#include "db/text.h"

namespace stoker::workers {
namespace net = boost::asio;
using Json = nlohmann::json;

namespace {
// More than a run's stored outputs can be (the kernel's own bounds), and what may wait for the database.
constexpr std::int64_t kMostBytesOfRun = 32 * 1024 * 1024;
constexpr std::size_t kMostBytesWaiting = 16 * 1024 * 1024;
constexpr std::size_t kBytesOfNothing = 128;  // what a piece costs beside its content
constexpr std::array<std::string_view, 5> kKinds{"stdout", "stderr", "log", "output", "clear"};

/// nullopt: the kernel's own code would not have sent it.
std::optional<db::LiveOutput> read(const Json& piece) {
    if (!piece.is_object()) return std::nullopt;
    for (const char* name : {"cell", "output", "start"})
        if (!piece.contains(name) || !piece[name].is_number_unsigned()) return std::nullopt;
    for (const char* name : {"kind", "content"})
        if (!piece.contains(name) || !piece[name].is_string()) return std::nullopt;
    db::LiveOutput output;
    const auto cell = piece["cell"].get<std::uint64_t>();
    const auto place = piece["output"].get<std::uint64_t>();
    const auto start = piece["start"].get<std::uint64_t>();
    constexpr std::uint64_t kMost = std::numeric_limits<int>::max();
    if (cell > kMost || place > kMost || start > kMost) return std::nullopt;
    output.cell = static_cast<int>(cell);
    output.output = static_cast<int>(place);
    output.start = static_cast<std::int64_t>(start);
    output.kind = piece["kind"];
    output.content = db::storable(std::string_view(piece["content"].get_ref<const std::string&>()));
    if (std::find(kKinds.begin(), kKinds.end(), output.kind) == kKinds.end()) return std::nullopt;
    if (output.kind == "output" && !parse_shallow(output.content).is_object()) return std::nullopt;
    return output;
}
}  // namespace

void LiveWriter::add(ActiveRun& run, const Json& outputs) {
    if (!outputs.is_array()) return;
    for (const Json& piece : outputs) {
        std::optional<db::LiveOutput> output = read(piece);
        if (!output) continue;
        // A piece that is left out leaves its number out, by which readers see that they have not all.
        const std::int64_t seq = run.live_outputs++;
        const std::size_t size = output->content.size() + kBytesOfNothing;
        run.live_bytes += static_cast<std::int64_t>(size);
        if (run.live_bytes > kMostBytesOfRun || waiting_bytes_ > kMostBytesWaiting) continue;
        output->run_id = run.claim.run_id;
        output->seq = seq;
        waiting_bytes_ += size;
        waiting_.emplace_back(run.claim.lease_token, std::move(*output));
    }
    if (writing_ || waiting_.empty()) return;
    writing_ = true;
    tasks_.spawn("live outputs", write_all());
}

net::awaitable<void> LiveWriter::write_all() {
    while (!waiting_.empty()) {
        const Batch batch = std::exchange(waiting_, {});
        waiting_bytes_ = 0;
        try {
            co_await write(batch);
        } catch (const std::exception& error) {
            spdlog::warn("live outputs are lost count={} error=\"{}\"", batch.size(), error.what());
        }
    }
    writing_ = false;
}

net::awaitable<void> LiveWriter::write(const Batch& batch) {
    const auto add = [&batch](db::Transaction& tx) { return db::add_live_outputs(tx, batch); };
    const std::vector<RunId> job_runs = co_await pool_.run_statement(add);
    std::vector<std::string> ids;
    for (const RunId run_id : job_runs) ids.push_back(to_string(run_id));
    const auto tell = [&ids](db::Transaction& tx) { db::notify(tx, db::kOutputsChannel, ids); };
    co_await pool_.run(tell);
}

}  // namespace stoker::workers
