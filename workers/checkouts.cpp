#include "workers/checkouts.h"

#include <iterator>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <spdlog/spdlog.h>

#include "clusters/build_folder.h"
#include "core/error.h"
#include "workers/git_credential.h"
#include "workers/run_refused.h"

namespace stoker::workers {
namespace net = boost::asio;
namespace fs = std::filesystem;

namespace {

// Repositories that are fetched at a time: a slow server holds up no other.
constexpr std::size_t kThreads = 4;
// Checkouts without a run that stay for the next one.
constexpr std::size_t kKeptUnused = 4;

/// Blocks the thread that it runs on.
net::awaitable<std::string> resolve_here(clusters::GitCheckouts& git, clusters::GitAccess access,
                                         std::stop_token stop) {
    co_return git.resolve(access, stop);
}
net::awaitable<void> check_out_here(clusters::GitCheckouts& git, clusters::GitAccess access, std::string commit,
                                    fs::path copy, std::stop_token stop) {
    git.check_out(access, commit, copy, stop);
    co_return;
}

net::awaitable<std::string> open_here(const clusters::WorkerLaunch& launch, db::GitCredential credential,
                                      std::stop_token stop) {
    co_return opened_git_token(launch, credential, stop);
}

clusters::GitCheckouts::Settings settings_of(const clusters::WorkerLaunch& launch) {
    clusters::GitCheckouts::Settings settings;
    settings.folder = launch.data_folder / "git";
    settings.git.confinement = {launch.python, launch.kernel_path};
    settings.git.os_user = launch.kernel_user;
    return settings;
}

clusters::GitSource source_of(const std::string& git_source) {
    if (git_source.empty()) throw RunRefused(checkout_failed("the task's source is GIT and its job has no git_source"));
    try {
        const nlohmann::json json = nlohmann::json::parse(git_source);
        return clusters::parse_git_source(JsonReader(json, "git_source"));
    } catch (const ApiError& error) {
        throw RunRefused(checkout_failed(error.what()));
    }
}

/// Git's own words, and what the user can do where git asked for a password that nobody has.
std::string explained(const std::string& why, const clusters::GitAccess& access, const std::string& user_name) {
    if (access.credential || why.find("terminal prompts disabled") == std::string::npos) return why;
    return why + "; " + user_name + " has no Git credential for " + access.source.git_provider;
}

}  // namespace

/// Known to `wake` and `stop` for as long as it lives.
class Checkouts::Registration {
  public:
    Registration(std::set<Work*>& works, Work& work) : works_(works), work_(work) { works_.insert(&work_); }
    ~Registration() { works_.erase(&work_); }
    Registration(const Registration&) = delete;

  private:
    std::set<Work*>& works_;
    Work& work_;
};

class Checkouts::Turn {
  public:
    Turn(Checkouts& checkouts, std::string name) : checkouts_(checkouts), name_(std::move(name)) {
        checkouts_.turns_.insert(name_);
    }
    ~Turn() {
        checkouts_.turns_.erase(name_);
        checkouts_.changed_.notify();
    }
    Turn(const Turn&) = delete;

  private:
    Checkouts& checkouts_;
    const std::string name_;
};

Checkouts::Checkouts(KernelHost& host, db::Pool& pool)
    : host_(host),
      pool_(pool),
      git_(host.children, host.clock, settings_of(host.launch)),
      changed_(host.executor),
      threads_(kThreads) {}

Checkouts::~Checkouts() {
    stop();
    threads_.join();
}

net::awaitable<std::shared_ptr<const Checkout>> Checkouts::check_out(std::shared_ptr<ActiveRun> run) {
    Work work;
    work.run = run;
    work.access.source = source_of(run->claim.git_source);
    const Registration registration(works_, work);
    if (stopped_ || run->must_end()) co_return nullptr;
    try {
        co_return co_await check_out(work);
    } catch (const clusters::Stopped&) {
        co_return nullptr;
    } catch (const clusters::GitError& error) {
        spdlog::info("checkout failed run_id={} url={} error=\"{}\"", run->claim.run_id.value,
                     work.access.source.git_url, error.what());
        throw RunRefused(checkout_failed(explained(error.what(), work.access, run->claim.run_as_user_name)));
    }
}

net::awaitable<std::shared_ptr<const Checkout>> Checkouts::check_out(Work& work) {
    co_await pin(work);
    if (work.commit.empty()) co_return nullptr;
    const std::string key = clusters::GitCheckouts::key_of(work.access, work.commit);
    const std::string name = "checkout " + key;
    const std::unique_ptr<Turn> alone = co_await turn(work, name);
    auto found = kept_.find(key);
    if (found == kept_.end()) {
        Kept made;
        made.checkout = co_await make(work, key);
        found = kept_.emplace(key, std::move(made)).first;
    }
    found->second.last_used = host_.clock.monotonic();
    const auto checkout = found->second.checkout;
    remove_unused();
    co_return checkout;
}

net::awaitable<std::unique_ptr<Checkouts::Turn>> Checkouts::turn(Work& work, std::string name) {
    while (turns_.contains(name) && !work.stop.stop_requested()) co_await changed_.wait();
    if (work.stop.stop_requested()) throw clusters::Stopped("the run does not go on");
    co_return std::make_unique<Turn>(*this, std::move(name));
}

/// Tasks of a run that begin together ask the server once.
net::awaitable<void> Checkouts::pin(Work& work) {
    const db::ClaimedTaskRun& claim = work.run->claim;
    const db::HeldLease lease = work.run->lease();
    const std::string name = "run " + to_string(claim.job_run_id);
    const std::unique_ptr<Turn> alone = co_await turn(work, name);
    const auto read = [lease](db::Transaction& tx) { return db::git_access(tx, lease); };
    const std::optional<db::GitAccess> access = co_await pool_.read(read);
    if (!access) co_return;
    if (access->credential) {
        work.sealed = access->credential;
        work.access.credential = {git_username(*access->credential, work.access.source.git_provider), "",
                                  access->credential->sealed_token};
    }
    work.commit = access->git_commit;
    if (!work.commit.empty()) co_return;

    co_await open_credential(work);
    auto resolving = resolve_here(git_, work.access, work.stop.get_token());
    const std::string commit = co_await net::co_spawn(threads_, std::move(resolving), net::use_awaitable);
    const auto write = [lease, commit](db::Transaction& tx) { return db::pin_git_commit(tx, lease, commit); };
    const std::optional<std::string> pinned = co_await pool_.run(write);
    work.commit = pinned.value_or("");
    spdlog::info("commit pinned run_id={} job_id={} commit={}", claim.job_run_id.value, claim.job_id.value,
                 work.commit);
}

net::awaitable<std::shared_ptr<const Checkout>> Checkouts::make(Work& work, std::string key) {
    const fs::path folder = host_.checkouts_folder() / (key + "-" + std::to_string(++made_));
    co_await open_credential(work);
    auto making = check_out_here(git_, work.access, work.commit, folder, work.stop.get_token());
    co_await net::co_spawn(threads_, std::move(making), net::use_awaitable);
    spdlog::info("commit checked out commit={} url={}", work.commit, work.access.source.git_url);
    co_return std::make_shared<const Checkout>(folder, work.access.source, work.commit);
}

net::awaitable<void> Checkouts::open_credential(Work& work) {
    if (!work.sealed) co_return;
    auto opening = open_here(host_.launch, *work.sealed, work.stop.get_token());
    work.access.credential->token = co_await net::co_spawn(threads_, std::move(opening), net::use_awaitable);
    work.sealed.reset();
}

void Checkouts::remove_unused() {
    for (;;) {
        std::size_t unused = 0;
        auto oldest = kept_.end();
        for (auto one = kept_.begin(); one != kept_.end(); ++one) {
            if (one->second.checkout.use_count() > 1) continue;
            ++unused;
            if (oldest == kept_.end() || one->second.last_used < oldest->second.last_used) oldest = one;
        }
        if (unused <= kKeptUnused) return;
        host_.later([folder = oldest->second.checkout->folder()] { clusters::remove_folder(folder); });
        kept_.erase(oldest);
    }
}

void Checkouts::wake() {
    for (Work* work : works_)
        if (work->run->must_end()) work->stop.request_stop();
    changed_.notify();
}

void Checkouts::stop() {
    stopped_ = true;
    for (Work* work : works_) work->stop.request_stop();
    changed_.notify();
}

}  // namespace stoker::workers
