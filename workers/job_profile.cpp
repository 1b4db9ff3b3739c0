#include "workers/job_profile.h"

#include <algorithm>
#include <cctype>

namespace stoker::workers {
namespace {

bool in_name(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '.';
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front()))) text.remove_prefix(1);
    return text;
}

/// The dotted name at the start of `text`, which is advanced behind it.
std::string_view take_name(std::string_view& text) {
    text = trimmed(text);
    std::size_t size = 0;
    while (size < text.size() && in_name(text[size])) ++size;
    const std::string_view name = text.substr(0, size);
    text.remove_prefix(size);
    return name;
}

void read_import(std::string_view line, std::set<std::string>& modules) {
    std::string_view rest = trimmed(line);
    const std::string_view word = take_name(rest);
    if (word == "from") {
        add_with_parents(modules, take_name(rest));
    } else if (word == "import") {
        for (;;) {
            add_with_parents(modules, take_name(rest));
            const auto comma = rest.find(',');
            if (comma == std::string_view::npos) return;
            rest.remove_prefix(comma + 1);
        }
    }
}

bool names(std::string_view source, std::string_view word) {
    for (auto at = source.find(word); at != std::string_view::npos; at = source.find(word, at + 1)) {
        const auto end = at + word.size();
        if ((at == 0 || !in_name(source[at - 1])) && end < source.size() && (source[end] == '.' || source[end] == '('))
            return true;
    }
    return false;
}

std::size_t held(const ZygoteView& zygote, const Usage& expected) {
    return static_cast<std::size_t>(
        std::count_if(expected.modules.begin(), expected.modules.end(),
                      [&](const auto& module) { return zygote.modules->contains(module); }));
}

bool holds_model(const ZygoteView& zygote, const Usage& expected) {
    return zygote.model_key && std::any_of(expected.models.begin(), expected.models.end(),
                                           [&](const ModelUse& model) { return model.key == *zygote.model_key; });
}

}  // namespace

void add_with_parents(std::set<std::string>& modules, std::string_view name) {
    while (!name.empty()) {
        modules.emplace(name);
        const auto dot = name.rfind('.');
        name = dot == std::string_view::npos ? std::string_view() : name.substr(0, dot);
    }
}

JobProfiles::Name JobProfiles::task_name(const ProfileKey& key) {
    return to_string(key.job_id) + "/" + key.task_key;
}

void JobProfiles::remember(const Name& name, const Usage& usage) {
    if (!usages_.insert_or_assign(name, usage).second) std::erase(order_, name);
    order_.push_back(name);
    if (order_.size() > kRemembered) {
        usages_.erase(order_.front());
        order_.pop_front();
    }
}

void JobProfiles::record(const ProfileKey& key, const Usage& usage) {
    remember(task_name(key), usage);
    remember("notebook:" + key.notebook_path, usage);
}

std::optional<Usage> JobProfiles::expected(const ProfileKey& key) const {
    for (const Name& name : {task_name(key), "notebook:" + key.notebook_path}) {
        if (const auto found = usages_.find(name); found != usages_.end()) return found->second;
    }
    return std::nullopt;
}

Usage usage_in_source(std::string_view source) {
    Usage usage;
    for (std::string_view rest = source; !rest.empty();) {
        const auto end = rest.find('\n');
        read_import(rest.substr(0, end), usage.modules);
        rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    }
    usage.spark = names(source, "spark") || names(source, "sc") || names(source, "sqlContext");
    if (usage.spark) add_with_parents(usage.modules, "pyspark.sql");
    return usage;
}

std::optional<std::size_t> choose_zygote(std::span<const ZygoteView> zygotes, const Usage& expected) {
    std::optional<std::size_t> best;
    const auto better = [&](const ZygoteView& a, const ZygoteView& b) {
        if (holds_model(a, expected) != holds_model(b, expected)) return holds_model(a, expected);
        if (held(a, expected) != held(b, expected)) return held(a, expected) > held(b, expected);
        return a.rss_kb < b.rss_kb;
    };
    for (std::size_t i = 0; i < zygotes.size(); ++i) {
        if (zygotes[i].model_key && !holds_model(zygotes[i], expected)) continue;
        if (!best || better(zygotes[i], zygotes[*best])) best = i;
    }
    return best;
}

bool equally_suited(const ZygoteView& a, const ZygoteView& b, const Usage& expected) {
    return holds_model(a, expected) == holds_model(b, expected) && held(a, expected) == held(b, expected);
}

std::size_t pool_size(const PoolLimits& limits, std::size_t taken_in_a_second) {
    constexpr std::size_t kForksInASecond = 20;
    return std::min(limits.least + taken_in_a_second / kForksInASecond, std::max(limits.least, limits.most));
}

bool may_grow(const GrowthLimits& limits, std::size_t count, std::int64_t available_kb, std::int64_t needed_kb) {
    return count < limits.model_zygotes && available_kb - needed_kb >= limits.spare_kb;
}

}  // namespace stoker::workers
