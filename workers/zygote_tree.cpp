#include "workers/zygote_tree.h"

#include <algorithm>
#include <fstream>
#include <system_error>

#include <spdlog/spdlog.h>

#include "clusters/confinement.h"
#include "clusters/jars.h"
#include "clusters/process.h"
#include "workers/child_process.h"

namespace stoker::workers {
namespace net = boost::asio;
using Json = nlohmann::json;

namespace {

constexpr std::chrono::seconds kRestartPause{1};
constexpr std::chrono::seconds kLongestRestartPause{60};
constexpr int kMaxModelFailures = 2;
constexpr std::chrono::seconds kImportsWait{60};

std::int64_t available_kb() {
    std::ifstream file("/proc/meminfo");
    for (std::string name; file >> name;) {
        std::int64_t value = 0;
        if (name == "MemAvailable:" && file >> value) return value;
    }
    return 0;
}

/// A model that cannot be kept ready, on a full disk say, is loaded by its runs.
bool make_folder(const KernelHost& host, const std::filesystem::path& folder) {
    try {
        host.make_private_folder(folder);
        return true;
    } catch (const std::system_error& error) {
        spdlog::error("no folder for a model zygote error=\"{}\"", error.what());
        return false;
    }
}

ZygoteView view_of(const Zygote& zygote) {
    ZygoteView view;
    view.modules = &zygote.modules();
    if (zygote.spec().model) view.model_key = zygote.spec().model->key;
    view.rss_kb = zygote.rss_kb();
    return view;
}

/// Of a model as a run has named it, who may have given its key to another.
std::string wish(const ModelUse& model) {
    return model.key + "\n" + model.uri;
}

}  // namespace

Json model_environ(Json environ, const std::filesystem::path& folder) {
    // Whoever is forked from it has an experiment of its own, or none.
    environ.erase("MLFLOW_EXPERIMENT_NAME");
    // What mlflow downloads stays in the zygote's folder, since some models read their files when they are asked.
    environ["HOME"] = environ["TMPDIR"] = folder.string();
    environ["MLFLOW_DFS_TMP"] = (folder / "mlflow").string();
    return environ;
}

ZygoteTree::ZygoteTree(KernelHost& host, std::filesystem::path python, Driver& driver, std::filesystem::path jars)
    : host_(host), python_(std::move(python)), jars_(std::move(jars)), driver_(driver), changed_(host.executor) {}

void ZygoteTree::start() {
    host_.tasks.spawn("lean zygote", keep_lean_alive());
}

net::awaitable<void> ZygoteTree::keep_lean_alive() {
    while (!stopping_) {
        try {
            launch_lean();
            const int status = co_await reap(host_, lean()->pid());
            if (!stopping_) spdlog::error("lean zygote died status={}", status);
        } catch (const std::system_error& error) {
            spdlog::error("lean zygote cannot be started error=\"{}\"", error.what());
        }
        for (const auto& zygote : zygotes_) zygote->end_at_once();
        zygotes_.clear();
        changed_.notify();
        co_await pause(kRestartPause);
    }
}

net::awaitable<void> ZygoteTree::pause(std::chrono::seconds length) {
    const auto end = host_.clock.monotonic() + length;
    for (bool woken = true; woken && !stopping_;) woken = co_await changed_.wait_until(end);
}

void ZygoteTree::launch_lean() {
    std::vector<std::string> reach{"--read", host_.checkouts_folder().string()};
    for (const auto& path : clusters::shared_scratch(host_.launch.data_folder))
        reach.insert(reach.end(), {"--write", path.string()});
    reach.insert(reach.end(), {"--write", host_.databricks_folder().string()});
    const auto spark_jars = host_.launch.data_folder / clusters::kSparkJars;
    for (const auto& path : {host_.launch.jars_folder, jars_, spark_jars}) {
        if (!path.empty()) reach.insert(reach.end(), {"--read", path.string()});
    }
    ChildProcess child = start_python(host_, python_, "stoker_kernel.zygote", reach);
    if (host_.cgroups) host_.cgroups->adopt(child.pid);
    Zygote::Spec spec;
    spec.id = "lean-" + std::to_string(++last_zygote_);
    spec.idle = {2, static_cast<std::size_t>(host_.launch.slots) + 8};
    const auto zygote =
        std::make_shared<Zygote>(host_, std::move(spec), std::move(child.channel), [this] { changed_.notify(); });
    zygote->set_pid(child.pid);
    zygotes_ = {zygote};
    host_.tasks.spawn("zygote", Zygote::serve(zygote));
}

void ZygoteTree::grow_imports() {
    host_.tasks.spawn("imports zygote", keep_imports_alive());
}

net::awaitable<void> ZygoteTree::keep_imports_alive() {
    const Json preload = {{"modules", host_.settings.imports}, {"environ", Json::object()}};
    std::chrono::seconds rest = kRestartPause;
    while (!stopping_) {
        if (const auto parent = lean()) {
            Zygote::Spec spec;
            spec.id = "imports-" + std::to_string(++last_zygote_);
            spec.idle.most = static_cast<std::size_t>(std::max(1, host_.launch.slots));
            const auto zygote = parent->grow(std::move(spec), preload);
            zygotes_.push_back(zygote);
            imports_ = zygote;
            bool was_ready = false;
            while (!stopping_ && zygote->state() != Zygote::State::kDead) {
                co_await changed_.wait();
                was_ready = was_ready || zygote->state() == Zygote::State::kReady;
            }
            forget_dead();
            // Modules that end their process at import are not loaded over and over.
            rest = was_ready ? kRestartPause : std::min(2 * rest, kLongestRestartPause);
        }
        co_await pause(rest);
    }
}

net::awaitable<bool> ZygoteTree::ready(Clock::Monotonic end) {
    while (!(lean() && lean()->has_idle())) {
        const bool woken = co_await changed_.wait_until(end);
        if (!woken) co_return false;
    }
    co_return true;
}

std::optional<Json> ZygoteTree::isolation() const {
    const auto zygote = lean();
    return zygote ? zygote->isolation() : std::nullopt;
}

void ZygoteTree::forget_dead() {
    for (const auto& zygote : zygotes_) {
        if (zygote->state() != Zygote::State::kDead || zygote == lean()) continue;
        if (zygote->spec().attached_to_driver) driver_.detach(zygote->spec().id);
        spdlog::info("zygote is gone zygote={}", zygote->spec().id);
    }
    std::erase_if(zygotes_,
                  [&](const auto& zygote) { return zygote->state() == Zygote::State::kDead && zygote != lean(); });
}

bool ZygoteTree::is_ready(const std::string& model_key) const {
    return std::any_of(zygotes_.begin(), zygotes_.end(), [&](const auto& zygote) {
        return zygote->state() == Zygote::State::kReady && zygote->spec().model &&
               zygote->spec().model->key == model_key;
    });
}

std::shared_ptr<Kernel> ZygoteTree::take(const Usage& expected, bool ask) {
    forget_dead();
    std::vector<std::shared_ptr<Zygote>> all, with_idle;
    std::vector<ZygoteView> all_views, idle_views;
    for (const auto& zygote : zygotes_) {
        if (zygote->state() != Zygote::State::kReady) continue;
        all.push_back(zygote);
        all_views.push_back(view_of(*zygote));
        if (!zygote->has_idle()) continue;
        with_idle.push_back(zygote);
        idle_views.push_back(view_of(*zygote));
    }
    const auto best = choose_zygote(all_views, expected);
    if (!best) return nullptr;
    if (all[*best]->has_idle()) return all[*best]->take();
    // A fork takes milliseconds, but another that suits as well need not be waited for at all.
    const auto other = choose_zygote(idle_views, expected);
    if (other && equally_suited(idle_views[*other], all_views[*best], expected)) return with_idle[*other]->take();
    return ask ? all[*best]->take() : nullptr;
}

net::awaitable<std::shared_ptr<Kernel>> ZygoteTree::acquire(Usage expected, std::function<bool()> given_up,
                                                            Clock::Monotonic end) {
    const auto model_end = host_.clock.monotonic() + host_.settings.model_wait;
    bool ask = true;
    while (!given_up() && !leaving_ && host_.clock.monotonic() < end) {
        const bool model_comes = std::any_of(
            expected.models.begin(), expected.models.end(),
            [&](const ModelUse& model) { return growing_models_.contains(model.key) && !is_ready(model.key); });
        const bool waits = model_comes && host_.clock.monotonic() < model_end;
        if (!waits) {
            if (auto kernel = take(expected, ask)) co_return kernel;
            ask = false;
        }
        co_await changed_.wait_until(waits ? std::min(model_end, end) : end);
    }
    co_return nullptr;
}

void ZygoteTree::model_wanted(ModelUse model, bool needs_spark, Json environ) {
    if (model.key.empty() || growing_models_.contains(model.key) || is_ready(model.key) || stopping_) return;
    if (failed_models_[wish(model)] >= kMaxModelFailures || !make_room_for_model()) return;
    growing_models_.insert(model.key);
    host_.tasks.spawn("model zygote", grow_model(std::move(model), needs_spark, std::move(environ)));
}

bool ZygoteTree::make_room_for_model() {
    std::vector<std::shared_ptr<Zygote>> models;
    std::int64_t needed_kb = lean() ? lean()->rss_kb() : 0;
    for (const auto& zygote : zygotes_) {
        needed_kb = std::max(needed_kb, zygote->rss_kb());
        if (zygote->spec().model) models.push_back(zygote);
    }
    const std::size_t growing = growing_models_.size();
    std::sort(models.begin(), models.end(),
              [](const auto& a, const auto& b) { return a->last_used() < b->last_used(); });
    std::size_t count = models.size();
    for (const auto& zygote : models) {
        if (may_grow(host_.settings.growth, count, available_kb(), needed_kb)) break;
        if (!zygote->unused() || zygote->state() != Zygote::State::kReady) continue;
        spdlog::info("model zygote leaves for another zygote={}", zygote->spec().id);
        zygote->retire();
        --count;
    }
    return growing < host_.settings.growth.model_zygotes &&
           may_grow(host_.settings.growth, count, available_kb(), needed_kb);
}

net::awaitable<void> ZygoteTree::grow_model(ModelUse model, bool needs_spark, Json environ) {
    Zygote::Spec spec;
    spec.id = "model-" + host_.next_kernel_id();  // the worker has other trees
    spec.model = model;
    spec.attached_to_driver = needs_spark;
    spec.idle.most = static_cast<std::size_t>(std::max(1, host_.launch.slots));
    spec.folder = host_.models_folder() / spec.id;
    bool possible = make_folder(host_, spec.folder);
    Json write = {host_.runs_folder().string()};
    if (host_.cgroups) write.push_back(host_.cgroups->folder().string());
    Json preload = {{"modules", Json::array()},
                    {"model_uri", model.uri},
                    {"folder", spec.folder.string()},
                    {"write", std::move(write)},
                    {"environ", model_environ(std::move(environ), spec.folder)}};
    if (possible && spec.attached_to_driver) {
        Json answer = co_await driver_.attach(spec.id, "stoker-" + spec.id, "");
        possible = answer.value("ok", false);
        preload["driver"] = std::move(answer);
    }
    const auto end = host_.clock.monotonic() + kImportsWait;
    while (imports_.lock() && imports_.lock()->state() == Zygote::State::kStarting) {
        const bool woken = co_await changed_.wait_until(end);
        if (!woken) break;
    }
    const auto imports = imports_.lock();
    const auto parent = imports && imports->state() == Zygote::State::kReady ? imports : lean();
    if (possible && parent && !stopping_) {
        spdlog::info("model zygote grows zygote={} model={}", spec.id, model.uri);
        const auto zygote = parent->grow(spec, preload);
        zygotes_.push_back(zygote);
        while (zygote->state() == Zygote::State::kStarting) co_await changed_.wait();
        if (zygote->state() == Zygote::State::kReady) {
            failed_models_.erase(wish(model));
        } else {
            ++failed_models_[wish(model)];
        }
    } else if (spec.attached_to_driver) {
        driver_.detach(spec.id);
    }
    growing_models_.erase(model.key);
    changed_.notify();
}

void ZygoteTree::driver_died() {
    for (const auto& zygote : zygotes_) {
        if (zygote->spec().attached_to_driver) zygote->end_at_once();
    }
}

void ZygoteTree::shrink_pools() {
    for (const auto& zygote : zygotes_) zygote->shrink_pool();
}

void ZygoteTree::leave() {
    leaving_ = true;
    stop();
    host_.tasks.spawn("leaving zygotes", end_when_unused());
}

/// One after the other, the youngest first: a zygote's end is that of those that were grown from it.
net::awaitable<void> ZygoteTree::end_when_unused() {
    while (!zygotes_.empty()) {
        const std::shared_ptr<Zygote> zygote = zygotes_.back();
        zygote->retire();
        while (zygote->state() != Zygote::State::kDead) co_await changed_.wait();
        forget_dead();
        std::erase(zygotes_, zygote);
    }
}

void ZygoteTree::stop() {
    stopping_ = true;
    changed_.notify();
}

void ZygoteTree::end_at_once() {
    stop();
    if (lean()) lean()->end_at_once();
}

}  // namespace stoker::workers
