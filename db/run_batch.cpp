#include "db/run_batch.h"

#include <algorithm>
#include <numeric>
#include <set>
#include <stdexcept>
#include <unordered_map>

#include <spdlog/spdlog.h>

#include "core/signed_token.h"
#include "db/enqueue_json.h"
#include "db/errors.h"
#include "db/listener.h"
#include "db/notify_payloads.h"
#include "db/query_catalog.h"
#include "db/sqlstate.h"
#include "db/text.h"

namespace stoker::db {
namespace {
constexpr int kIdsAtOnce = 256;

std::string field(const PgResult& result, int row, int column) {
    return {PQgetvalue(result.get(), row, column), static_cast<std::size_t>(PQgetlength(result.get(), row, column))};
}

// Of cluster ids, which need no quoting.
std::vector<std::string> array_of(const std::string& literal) {
    return literal.size() <= 2 ? std::vector<std::string>() : ids_of_payload(literal.substr(1, literal.size() - 2));
}

template <class Item, class Text>
std::string array_of(const std::vector<Item>& items, Text text) {
    std::vector<std::optional<std::string>> texts;
    for (const Item& item : items) texts.push_back(text(item));
    return array_literal(texts);
}
}  // namespace

struct RunBatch::SqlError : std::runtime_error {
    SqlError(const char* message, std::string code) : std::runtime_error(message), sqlstate(std::move(code)) {}
    std::string sqlstate;
    // Worth another try: serialization, deadlock, or a run id that is there already (a commit that was in doubt
    // arrived).
    bool is_transient() const { return sqlstate == "40001" || sqlstate == "40P01" || sqlstate == "23505"; }
};
struct RunBatch::ConnectionLost : std::runtime_error {
    using std::runtime_error::runtime_error;
};

RunBatch::RunBatch(std::string dsn, std::string signing_key, std::function<bool()> pause)
    : dsn_(std::move(dsn)), signing_key_(std::move(signing_key)), pause_(std::move(pause)) {}

void RunBatch::connect() {
    connection_.reset(PQconnectdb(dsn_.c_str()));
    if (PQstatus(connection_.get()) != CONNECTION_OK) {
        std::string message = PQerrorMessage(connection_.get());
        connection_.reset();
        throw ConnectionLost(message);
    }
    for (const char* name : {"allocate_run_ids", "enqueue_runs", "written_runs", "notify"}) {
        PgResult prepared(PQprepare(connection_.get(), name, std::string(query_text(name)).c_str(), 0, nullptr));
        if (PQresultStatus(prepared.get()) != PGRES_COMMAND_OK) {
            std::string message = PQresultErrorMessage(prepared.get());
            connection_.reset();
            throw ConnectionLost(message);
        }
    }
}

PgResult RunBatch::query(const char* name, const std::vector<std::string>& params) {
    if (!connection_) connect();
    std::vector<const char*> values;
    for (const std::string& param : params) values.push_back(param.c_str());
    PgResult result(
        PQexecPrepared(connection_.get(), name, static_cast<int>(values.size()), values.data(), nullptr, nullptr, 0));
    if (PQresultStatus(result.get()) == PGRES_TUPLES_OK) return result;
    const char* code = PQresultErrorField(result.get(), PG_DIAG_SQLSTATE);
    SqlError error(PQresultErrorMessage(result.get()), code ? code : "");
    // 57P: the server ends the session.
    if (PQstatus(connection_.get()) != CONNECTION_OK || error.sqlstate.empty() || error.sqlstate.starts_with("57P")) {
        connection_.reset();
        throw ConnectionLost(error.what());
    }
    throw error;
}

RunId RunBatch::next_id() {
    if (free_ids_.empty()) {
        PgResult ids = query("allocate_run_ids", {std::to_string(kIdsAtOnce)});
        for (int row = PQntuples(ids.get()) - 1; row >= 0; --row)
            free_ids_.push_back(RunId{std::stoll(field(ids, row, 0))});
    }
    const RunId next = free_ids_.back();
    free_ids_.pop_back();
    return next;
}

void RunBatch::fill_in(std::vector<EnqueueRequest>& requests) {
    for (EnqueueRequest& request : requests) {
        if (!request.run_id) request.run_id = next_id();
        request.kernel_token = sign_run_token(signing_key_, {request.run_id, request.run_as_user_name});
    }
}

std::vector<EnqueueResult> RunBatch::enqueue(const std::vector<EnqueueRequest>& requests) {
    PgResult rows = query("enqueue_runs", {enqueue_requests_json(requests)});
    std::vector<EnqueueResult> results;
    for (int row = 0; row < PQntuples(rows.get()); ++row) {
        EnqueueResult result{};
        result.outcome = enqueue_outcome(field(rows, row, 0));
        if (!PQgetisnull(rows.get(), row, 1)) result.run_id = RunId{std::stoll(field(rows, row, 1))};
        result.life_cycle_state = field(rows, row, 2);
        result.ready_clusters = array_of(field(rows, row, 3));
        result.started_clusters = array_of(field(rows, row, 4));
        results.push_back(std::move(result));
    }
    return results;
}

void RunBatch::look_up(const std::vector<EnqueueRequest>& requests, const std::vector<std::size_t>& open,
                       std::vector<RunAnswer>& answers, std::vector<std::size_t>& still_open) {
    PgResult rows =
        query("written_runs", {array_of(open, [&](std::size_t i) { return to_string(requests[i].run_id); })});
    std::unordered_map<RunId, int> row_of;
    for (int row = 0; row < PQntuples(rows.get()); ++row) row_of[RunId{std::stoll(field(rows, row, 0))}] = row;
    still_open.clear();
    for (std::size_t i : open) {
        auto found = row_of.find(requests[i].run_id);
        if (found == row_of.end()) {
            still_open.push_back(i);
            continue;
        }
        EnqueueResult result{EnqueueOutcome::kCreated,
                             requests[i].run_id,
                             field(rows, found->second, 1),
                             array_of(field(rows, found->second, 2)),
                             {}};
        result.started_clusters = result.ready_clusters;
        notify({result});
        answers[i] = std::move(result);
    }
}

// A NOTIFY that is lost costs one poll interval: its failure is no one's failure.
void RunBatch::notify(const std::vector<EnqueueResult>& results) try {
    std::set<std::string> ready, started;
    for (const EnqueueResult& result : results) {
        ready.insert(result.ready_clusters.begin(), result.ready_clusters.end());
        started.insert(result.started_clusters.begin(), result.started_clusters.end());
    }
    auto send = [&](std::string_view channel, const std::set<std::string>& ids) {
        if (ids.empty()) return;
        auto payloads = notify_payloads({ids.begin(), ids.end()});
        query("notify", {std::string(channel), array_of(payloads, [](const std::string& payload) { return payload; })});
    };
    send(kClustersChannel, started);
    send(kReadyChannel, ready);
} catch (const std::exception& error) {
    spdlog::warn("a notification was not sent: {}", error.what());
}

std::vector<RunAnswer> RunBatch::write(std::vector<EnqueueRequest> requests) {
    std::vector<RunAnswer> answers(requests.size());
    std::vector<std::size_t> open(requests.size());
    std::iota(open.begin(), open.end(), 0);
    bool in_doubt = false;

    auto fail_open = [&](const std::exception_ptr& failure) {
        for (std::size_t i : open) answers[i] = failure;
        open.clear();
    };
    // Something in the batch offends: each request answers for itself.
    auto split_or_fail = [&](const std::exception& failure) {
        if (open.size() == 1) return fail_open(std::make_exception_ptr(std::runtime_error(failure.what())));
        for (std::size_t i : open) answers[i] = std::move(write({requests[i]}).front());
        open.clear();
    };
    while (!open.empty()) {
        std::vector<EnqueueRequest> batch;
        bool sent = false;
        try {
            if (in_doubt) {
                std::vector<std::size_t> still_open;
                look_up(requests, open, answers, still_open);
                open = std::move(still_open);
                in_doubt = false;
                continue;
            }
            for (std::size_t i : open) batch.push_back(requests[i]);
            fill_in(batch);
            for (std::size_t at = 0; at < open.size(); ++at) requests[open[at]].run_id = batch[at].run_id;
            sent = true;
            std::vector<EnqueueResult> results = enqueue(batch);
            notify(results);
            for (std::size_t at = 0; at < open.size(); ++at) answers[open[at]] = std::move(results.at(at));
            open.clear();
        } catch (const ConnectionLost& error) {
            in_doubt = in_doubt || sent;
            if (pause_()) continue;
            fail_open(in_doubt ? std::make_exception_ptr(InDoubt(error.what()))
                               : std::make_exception_ptr(Unavailable(error.what())));
        } catch (const SqlError& error) {
            if (error.is_transient() && pause_()) {
                in_doubt = sent;
            } else if (may_succeed_later(error.sqlstate)) {
                fail_open(std::make_exception_ptr(Unavailable(error.what())));
            } else {
                split_or_fail(error);
            }
        } catch (const std::exception& error) {
            split_or_fail(error);
        }
    }
    return answers;
}

}  // namespace stoker::db
