#include "clusters/policy_path.h"

#include <algorithm>
#include <array>
#include <optional>

namespace stoker::clusters {
namespace {

using Json = nlohmann::json;
using Parts = std::vector<std::string>;

constexpr std::string_view kWildcard = "*";
constexpr std::array<std::string_view, 3> kMaps{"spark_conf", "spark_env_vars", "custom_tags"};
constexpr std::size_t kLongestIndex = 4;

std::optional<std::size_t> index_of(const std::string& part) {
    const bool is_number = !part.empty() && part.size() <= kLongestIndex &&
                           std::ranges::all_of(part, [](char c) { return c >= '0' && c <= '9'; });
    if (!is_number) return std::nullopt;
    return std::stoul(part);
}

const Json* member(const Json& holder, const std::string& part) {
    if (holder.is_object()) {
        const auto found = holder.find(part);
        return found == holder.end() ? nullptr : &*found;
    }
    const auto index = index_of(part);
    return holder.is_array() && index && *index < holder.size() ? &holder[*index] : nullptr;
}

/// The member, made where it is missing and can be.
Json* made_member(Json& holder, const std::string& part) {
    const auto index = index_of(part);
    if (holder.is_null() && index) holder = Json::array();
    if (holder.is_null()) holder = Json::object();
    if (holder.is_object()) return &holder[part];
    if (!holder.is_array() || !index || *index > holder.size()) return nullptr;
    if (*index == holder.size()) holder.push_back(nullptr);
    return &holder[*index];
}

PolicyPath joined(Parts parts) {
    PolicyPath path;
    for (const std::string& part : parts) path.text += (path.text.empty() ? "" : ".") + part;
    path.parts = std::move(parts);
    return path;
}

void add_matches(const Json& holder, const Parts& wanted, Parts& walked, std::vector<PolicyPath>& found) {
    if (holder.is_null()) return;
    if (walked.size() == wanted.size()) {
        found.push_back(joined(walked));
        return;
    }
    auto walk = [&](const std::string& part) {
        const Json* next = member(holder, part);
        if (!next) return;
        walked.push_back(part);
        add_matches(*next, wanted, walked, found);
        walked.pop_back();
    };
    const std::string& part = wanted[walked.size()];
    if (part != kWildcard) return walk(part);
    if (holder.is_object())
        for (const auto& [name, value] : holder.items()) walk(name);
    if (holder.is_array())
        for (std::size_t i = 0; i < holder.size(); ++i) walk(std::to_string(i));
}

}  // namespace

bool PolicyPath::has_wildcard() const {
    return std::ranges::find(parts, kWildcard) != parts.end();
}

PolicyPath policy_path(std::string_view text) {
    PolicyPath path{std::string(text), {}};
    for (std::size_t from = 0; from <= text.size();) {
        std::size_t end = std::min(text.find('.', from), text.size());
        // The rest is the key.
        if (path.parts.size() == 1 && std::ranges::find(kMaps, path.parts.front()) != kMaps.end()) end = text.size();
        path.parts.emplace_back(text.substr(from, end - from));
        from = end + 1;
    }
    return path;
}

const Json* find(const Json& definition, const PolicyPath& path) {
    const Json* value = &definition;
    for (const std::string& part : path.parts) {
        value = member(*value, part);
        if (!value) return nullptr;
    }
    return value->is_null() ? nullptr : value;
}

bool put(Json& definition, const PolicyPath& path, const Json& value) {
    Json changed = definition;
    Json* place = &changed;
    for (const std::string& part : path.parts) {
        place = made_member(*place, part);
        if (!place) return false;
    }
    *place = value;
    definition = std::move(changed);
    return true;
}

std::vector<PolicyPath> matches(const Json& definition, const PolicyPath& path) {
    std::vector<PolicyPath> found;
    Parts walked;
    add_matches(definition, path.parts, walked, found);
    return found;
}

}  // namespace stoker::clusters
