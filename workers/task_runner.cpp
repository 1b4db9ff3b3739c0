#include "workers/task_runner.h"

#include <csignal>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <spdlog/spdlog.h>
#include <sys/wait.h>

#include "workers/program.h"
#include "workers/run_refused.h"
#include "workers/spark_settings.h"
#include "workers/task_source.h"

namespace stoker::workers {
namespace net = boost::asio;
using Json = nlohmann::json;

namespace {
// Between two tries to tell the database that user code begins.
constexpr auto kBeginPause = std::chrono::milliseconds(300);
// How long a claimed run waits for a slot before it is handed back, for whoever is free.
constexpr auto kPatience = std::chrono::seconds(1);

EpochMillis millis_between(Clock::Monotonic from, Clock::Monotonic to) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(to - from).count();
}

Usage usage_of(const Json& used) {
    Usage usage;
    for (const Json& module : used.value("modules", Json::array())) {
        add_with_parents(usage.modules, module.get<std::string>());
    }
    for (const Json& model : used.value("models", Json::array())) {
        usage.models.push_back({model.value("uri", ""), model.value("key", "")});
    }
    usage.spark = used.value("spark", false);
    return usage;
}

/// Whether the job asks for one process for run after run (its tag stoker.isolation).
bool is_shared(const std::string& job_tags) {
    if (job_tags.find("stoker.isolation") == std::string::npos) return false;
    return Json::parse(job_tags).value("stoker.isolation", "") == "shared";
}

/// Ends the time limit and the questions of a run when its coroutine leaves, by whatever way.
struct KernelUse {
    ActiveRun& run;
    Driver& driver;
    ~KernelUse() {
        run.timeout.cancel();
        if (run.kernel) driver.detach(run.kernel->id());
    }
};

}  // namespace

net::awaitable<std::optional<db::TaskRunOutcome>> TaskRunner::run(std::shared_ptr<ActiveRun> run) {
    parts_.runs.add(run);
    parts_.leases.watch(*run);
    std::optional<db::TaskRunOutcome> outcome;
    try {
        outcome = co_await attempt(run);
    } catch (const std::exception& error) {
        spdlog::error("task run failed in the worker run_id={} job_id={} error=\"{}\"", run->claim.run_id.value,
                      run->claim.job_id.value, error.what());
        outcome = outcome_of(no_kernel(std::string("The worker could not run the task: ") + error.what()));
    }
    part_from_kernel(*run);
    // The lease of a run that is given up may be somebody else's by now.
    if (run->end_reason == EndReason::kLeaseLost) outcome.reset();
    if (outcome) {
        outcome->run_id = run->claim.run_id;
        outcome->lease_token = run->claim.lease_token;
        run->finishing = true;
        const std::function<bool()> given_up = [weak = std::weak_ptr(run)] {
            const auto still = weak.lock();
            return !still || still->end_reason == EndReason::kLeaseLost;
        };
        const auto haste = parts_.runs.waiting() > 0 ? Finisher::Haste::kWithMore : Finisher::Haste::kAtOnce;
        const auto pending = parts_.finisher.finish(*outcome, given_up, haste);
        parts_.runs.free_slot(*run);
        const auto written = co_await parts_.finisher.written(pending);
        if (written == db::FinishOutcome::kFinished) {
            spdlog::info("task run ended run_id={} job_id={} state={} result={} code={} execution_ms={}",
                         run->claim.run_id.value, run->claim.job_id.value, outcome->life_cycle_state,
                         outcome->result_state, outcome->termination_code, outcome->execution_duration);
        } else {
            spdlog::warn("outcome dropped, the lease is not ours any more run_id={} job_id={}", run->claim.run_id.value,
                         run->claim.job_id.value);
        }
    }
    for (const auto& child : run->children) {
        if (const auto living = child.lock()) parts_.runs.end(*living, EndReason::kCancelled);
    }
    parts_.leases.forget(run->claim.run_id);
    parts_.runs.remove(run->claim.run_id);
    co_return outcome;
}

net::awaitable<std::optional<db::TaskRunOutcome>> TaskRunner::attempt(std::shared_ptr<ActiveRun> run) {
    const bool has_slot = co_await wait_for_slot(run);
    if (!has_slot && !run->must_end()) {
        co_await release_lease(run);
        co_return std::nullopt;
    }
    Attempt attempt;
    attempt.run = run;
    attempt.started = attempt.begun = parts_.host.clock.monotonic();
    const KernelUse use{*run, parts_.driver};
    std::optional<Refusal> refusal;
    KernelEnd end;
    try {
        co_await prepare(attempt);
        if (!run->must_end() && !leaves(*run)) {
            const bool held = co_await begin(attempt);
            if (!held) parts_.runs.end(*run, EndReason::kLeaseLost);
        }
    } catch (const RunRefused& refused) {
        refusal = refused.refusal();
    }
    if (!refusal && run->begun && !run->must_end()) {
        end = co_await run_in_kernel(attempt);
        learn(attempt, end);
        if (may_be_ended_by_site(end)) co_await await_word_of_site(run);
    } else if (leaves(*run) && !run->begun && !run->must_end()) {
        co_await release_lease(run);
        co_return std::nullopt;
    }
    if (run->kernel && !end.finished) run->kernel->end_at_once();
    end.driver_failure = run->driver_failure;
    end.worker_failure = run->worker_failure;
    const auto now = parts_.host.clock.monotonic();
    db::TaskRunOutcome outcome = refusal && !run->must_end() ? outcome_of(*refusal) : outcome_of(run->end_reason, end);
    outcome.setup_duration = millis_between(attempt.started, run->begun ? attempt.begun : now);
    outcome.execution_duration = run->begun ? millis_between(attempt.begun, now) : 0;
    co_return outcome;
}

/// A site may send its signal to all processes of a job at once: a kernel dies of it before the worker has heard.
bool TaskRunner::may_be_ended_by_site(const KernelEnd& end) const {
    if (end.finished || parts_.host.launch.provider == clusters::kLocalProvider) return false;
    return !end.wait_status || (WIFSIGNALED(*end.wait_status) && WTERMSIG(*end.wait_status) == SIGTERM);
}

net::awaitable<void> TaskRunner::await_word_of_site(std::shared_ptr<ActiveRun> run) {
    const auto end = parts_.host.clock.monotonic() + kPatience;
    for (bool woken = true; woken && run->worker_failure.empty() && !run->must_end();)
        woken = co_await run->woken.wait_until(end);
    if (!run->worker_failure.empty()) parts_.runs.end(*run, EndReason::kWorkerStopped);
}

net::awaitable<bool> TaskRunner::wait_for_slot(std::shared_ptr<ActiveRun> run) {
    const auto end = parts_.host.clock.monotonic() + kPatience;
    bool woken = true;
    while (woken && !run->called && !run->holds_slot && !run->must_end() && !leaves(*run)) {
        woken = co_await run->woken.wait_until(end);
    }
    co_return run->called || run->holds_slot;
}

net::awaitable<std::optional<ClusterSpark>> TaskRunner::cluster_spark() {
    try {
        co_return co_await parts_.standalone.join();
    } catch (const std::exception& error) {
        throw RunRefused(no_kernel(error.what()));
    }
}

net::awaitable<void> TaskRunner::prepare(Attempt& attempt) {
    const std::shared_ptr<ActiveRun> run = attempt.run;
    const clusters::WorkerLaunch& launch = parts_.host.launch;
    const Json workspace{{"id", launch.workspace_id}, {"url", launch.server_url}};
    run->inputs = inputs_of(run->claim, workspace);
    if (run->checkout || is_in_repository(run->inputs.task, run->claim.git_source)) {
        co_await check_out(run);
        if (!run->checkout || run->must_end() || leaves(*run)) co_return;
    }
    read_task(attempt);
    const std::function<bool()> given_up = [this, run] { return run->must_end() || leaves(*run); };
    do {
        co_await choose_tree(attempt);
        co_await take_kernel(attempt, given_up);
    } while (!run->kernel && attempt.tree->leaving() && !given_up());
    if (!run->kernel && !given_up()) throw RunRefused(no_kernel("No Python process could be started for the run."));
}

net::awaitable<void> TaskRunner::choose_tree(Attempt& attempt) {
    const std::shared_ptr<ActiveRun> run = attempt.run;
    const Json libraries = run->inputs.task.value("libraries", Json::array());
    if (!run->program.is_null() && runs_own_jvm(run->program)) {
        const TaskEnvironments::WithJars found = co_await parts_.environments.tree_with_jars_for(libraries);
        attempt.tree = found.tree;
        const std::optional<ClusterSpark> cluster = co_await cluster_spark();
        run->program["spark"] = spark_settings(parts_.host.launch, found.jars, cluster, SparkShare::kRun);
    } else {
        attempt.tree = co_await parts_.environments.tree_for(libraries);
    }
}

net::awaitable<void> TaskRunner::take_kernel(Attempt& attempt, std::function<bool()> given_up) {
    const std::shared_ptr<ActiveRun> run = attempt.run;
    if (run->program.is_null() && is_shared(run->claim.job_tags)) {
        run->shared = SharedKernels::Key{attempt.tree, run->claim.run_as_user_name};
        run->kernel = co_await parts_.shared_kernels.take(*run->shared, given_up);
    }
    if (!run->kernel) {
        const auto last = parts_.host.clock.monotonic() + parts_.host.settings.kernel_wait;
        run->kernel = co_await attempt.tree->acquire(attempt.expected, given_up, last);
    }
}

net::awaitable<void> TaskRunner::check_out(std::shared_ptr<ActiveRun> run) {
    // A called notebook has the checkout of its caller.
    if (run->checkout) co_return;
    run->checkout = co_await parts_.checkouts.check_out(run);
    if (!run->checkout && !run->must_end() && !leaves(*run)) parts_.runs.end(*run, EndReason::kLeaseLost);
}

void TaskRunner::read_task(Attempt& attempt) const {
    ActiveRun& run = *attempt.run;
    Usage guess;
    std::string code;
    if (const auto notebook = run.inputs.task.find("notebook_task"); notebook != run.inputs.task.end()) {
        run.notebook_path = notebook->value("notebook_path", "");
        if (run.checkout) read_from_checkout(run);
        code = run.notebook_path;
        // A path that refers to values of the run is known only now: the kernel reads that notebook.
        const bool is_claimed = !run.claim.source_path.empty();
        if (is_claimed && !run.claim.source_content) throw RunRefused(notebook_not_found(run.notebook_path));
        if (run.claim.source_content) guess = usage_in_source(*run.claim.source_content);
    } else if (auto program = program_of(run.inputs)) {
        add_content(*program, run.claim);
        if (run.checkout) (*program)["root"] = run.checkout->folder().string();
        code = name_of_program(*program);
        guess = usage_of_program(*program);
        run.program = std::move(*program);
    } else {
        throw RunRefused(unknown_task_type(run.inputs.task));
    }
    attempt.profile_key = {run.claim.job_id, run.claim.task_key, code};
    attempt.expected = parts_.profiles.expected(attempt.profile_key).value_or(std::move(guess));
}

void TaskRunner::read_from_checkout(ActiveRun& run) {
    Checkout::Notebook notebook = run.checkout->notebook(run.notebook_path);
    run.notebook_path = std::move(notebook.workspace_path);
    run.claim.source_object_type = "NOTEBOOK";
    run.claim.source_content = std::move(notebook.content);
    run.claim.source_format = std::move(notebook.format);
    run.claim.source_language = std::move(notebook.language);
}

net::awaitable<bool> TaskRunner::begin(Attempt& attempt) {
    const std::shared_ptr<ActiveRun> run = attempt.run;
    // From the moment the statement may have taken effect the run counts as begun.
    run->begun = true;
    attempt.begun = parts_.host.clock.monotonic();
    const db::HeldLease lease = run->lease();
    net::steady_timer pause(parts_.host.executor);
    // No user code has run yet, so a database that is away is waited for, as long as the lease lasts.
    while (!run->must_end()) {
        try {
            const bool held = co_await parts_.begin_writer.begin(lease);
            attempt.begun = parts_.host.clock.monotonic();
            co_return held;
        } catch (const std::exception& error) {
            spdlog::warn("begin is tried again run_id={} error=\"{}\"", lease.run_id.value, error.what());
        }
        pause.expires_after(kBeginPause);
        co_await pause.async_wait(net::as_tuple(net::use_awaitable));
    }
    throw RunRefused(no_kernel("The database could not be reached."));
}

net::awaitable<KernelEnd> TaskRunner::run_in_kernel(Attempt& attempt) {
    const std::shared_ptr<ActiveRun> run = attempt.run;
    spdlog::info("task run begins run_id={} job_id={} kernel={}", run->claim.run_id.value, run->claim.job_id.value,
                 run->kernel->id());
    limit_time(run);
    run->kernel->start(run_frame(parts_.host.launch, *run),
                       [this, run, tree = attempt.tree](const Json& event) { on_event(run, *tree, event); });
    co_return co_await run->kernel->ended();
}

void TaskRunner::limit_time(const std::shared_ptr<ActiveRun>& run) {
    if (run->claim.timeout_seconds <= 0) return;
    run->timeout.expires_after(std::chrono::seconds(run->claim.timeout_seconds));
    run->timeout.async_wait([this, weak = std::weak_ptr(run)](boost::system::error_code cancelled) {
        const auto late = weak.lock();
        if (!cancelled && late) parts_.runs.end(*late, EndReason::kTimedOut);
    });
}

net::awaitable<void> TaskRunner::release_lease(std::shared_ptr<ActiveRun> run) {
    const db::HeldLease lease = run->lease();
    const auto work = [lease](db::Transaction& tx) { return db::release_task_runs(tx, {lease}); };
    try {
        auto changes = co_await parts_.pool.run_statement(work);
        parts_.finisher.notify(std::move(changes));
        spdlog::info("task run handed back run_id={} job_id={}", run->claim.run_id.value, run->claim.job_id.value);
    } catch (const std::exception& error) {
        spdlog::warn("task run could not be handed back, its lease will end run_id={} error=\"{}\"",
                     run->claim.run_id.value, error.what());
    }
    if (run->kernel) run->kernel->end_at_once();
}

void TaskRunner::part_from_kernel(ActiveRun& run) {
    if (!run.kernel) return;
    if (run.shared && run.kernel->finished() && !run.must_end()) {
        // Whoever ends this run from here on must not end the kernel's next one.
        parts_.shared_kernels.give_back(*run.shared, std::move(run.kernel));
    } else {
        run.kernel->leave();
    }
}

void TaskRunner::learn(const Attempt& attempt, const KernelEnd& end) {
    if (!end.finished || !end.finished->contains("used")) return;
    try {
        parts_.profiles.record(attempt.profile_key, usage_of(end.finished->at("used")));
    } catch (const Json::exception& error) {
        // Whatever user code has written there: the run has ended as it has.
        spdlog::warn("what a run used cannot be read run_id={} error=\"{}\"", attempt.run->claim.run_id.value,
                     error.what());
    }
}

}  // namespace stoker::workers
