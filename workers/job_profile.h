#pragma once
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/ids.h"

// What the next run of a job will most likely use, and which zygote suits it. No I/O.
namespace stoker::workers {

/// A model by the key of what its URI resolved to, which never changes.
struct ModelUse {
    std::string uri;
    std::string key;
    bool operator==(const ModelUse&) const = default;
};

struct Usage {
    std::set<std::string> modules;
    std::vector<ModelUse> models;
    bool spark = false;
};

/// Runs of one task of a job resemble one another; a run submitted once resembles the last run of its notebook.
struct ProfileKey {
    JobId job_id;
    std::string task_key;
    std::string notebook_path;
};

/// Remembers what the last runs used, of the `kRemembered` jobs and notebooks used last.
class JobProfiles {
  public:
    static constexpr std::size_t kRemembered = 2000;
    void record(const ProfileKey& key, const Usage& usage);
    std::optional<Usage> expected(const ProfileKey& key) const;

  private:
    using Name = std::string;
    static Name task_name(const ProfileKey& key);
    void remember(const Name& name, const Usage& usage);
    std::map<Name, Usage> usages_;
    std::deque<Name> order_;
};

/// Adds `mlflow.pyfunc` and, since importing it imports its parent, `mlflow`.
void add_with_parents(std::set<std::string>& modules, std::string_view name);

/// A guess for a notebook that never ran here: the modules its source imports, and Spark when it names `spark` or `sc`.
Usage usage_in_source(std::string_view source);

/// A zygote as the choice sees it.
struct ZygoteView {
    const std::set<std::string>* modules = nullptr;
    std::optional<std::string> model_key;
    std::int64_t rss_kb = 0;
};
/// The zygote that holds most of what is expected: first the model, then the modules; among equals the leanest.
/// Modules that no zygote holds do not count. A zygote with a model nobody expects is never taken.
/// nullopt only when there is none.
std::optional<std::size_t> choose_zygote(std::span<const ZygoteView> zygotes, const Usage& expected);

/// Whether a run would find as much of what is expected in `a` as in `b`.
bool equally_suited(const ZygoteView& a, const ZygoteView& b, const Usage& expected);

/// How many kernels a zygote keeps idle.
struct PoolLimits {
    std::size_t least = 1;
    std::size_t most = 4;
};
/// Beside the least, as many as runs take while one is forked on a busy machine (50 ms), by what they took in a second.
std::size_t pool_size(const PoolLimits& limits, std::size_t taken_in_a_second);

/// Whether one more model zygote may be grown beside `count` others.
struct GrowthLimits {
    std::size_t model_zygotes = 3;
    std::int64_t spare_kb = 1 << 20;  // what must stay available on the machine
};
bool may_grow(const GrowthLimits& limits, std::size_t count, std::int64_t available_kb, std::int64_t needed_kb);

}  // namespace stoker::workers
