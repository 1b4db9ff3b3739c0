#include "core/value_references.h"

#include <algorithm>
#include <array>
#include <functional>
#include <span>
#include <vector>

#include "core/time_text.h"

namespace stoker {
namespace {
using Json = nlohmann::json;
using Path = std::vector<std::string>;

constexpr std::array<std::string_view, 12> kTimeArguments{"iso_date", "iso_datetime", "iso_weekday",  "is_weekday",
                                                          "year",     "month",        "day",          "hour",
                                                          "minute",   "second",       "timestamp_ms", "epoch_ms"};
constexpr std::array<std::string_view, 7> kOldForms{"job_id",           "run_id",        "start_date", "start_time",
                                                    "task_retry_count", "parent_run_id", "task_key"};

bool is_one_of(std::string_view name, std::span<const std::string_view> names) {
    return std::ranges::find(names, name) != names.end();
}

bool is_plain(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/// `a.b.`c-d``; empty when the text is no path.
Path path_of(std::string_view text) {
    Path path;
    while (true) {
        std::string name;
        if (text.starts_with('`')) {
            const auto end = text.find('`', 1);
            if (end == std::string_view::npos) return {};
            name = text.substr(1, end - 1);
            text.remove_prefix(end + 1);
        } else {
            const auto end = std::ranges::find_if_not(text, is_plain) - text.begin();
            name = text.substr(0, static_cast<std::size_t>(end));
            text.remove_prefix(static_cast<std::size_t>(end));
        }
        if (name.empty()) return {};
        path.push_back(std::move(name));
        if (text.empty()) return path;
        if (text.front() != '.') return {};
        text.remove_prefix(1);
    }
}

struct Reference {
    std::string text;  // without braces and the space within them
    Path path;
};

/// Goes through `text`: plain parts and references, in order.
void scan(std::string_view text, const std::function<void(std::string_view)>& plain,
          const std::function<void(const Reference&, std::string_view whole)>& reference) {
    while (!text.empty()) {
        const auto open = text.find("{{");
        const auto close = open == std::string_view::npos ? open : text.find("}}", open + 2);
        if (close == std::string_view::npos) break;
        std::string_view inside = text.substr(open + 2, close - open - 2);
        // Of `{{ {{job.id}}` the last opening braces count.
        std::size_t start = open;
        if (const auto inner = inside.rfind("{{"); inner != std::string_view::npos) {
            start = open + 2 + inner;
            inside.remove_prefix(inner + 2);
        }
        const auto first = inside.find_first_not_of(" \t\r\n");
        const auto last = inside.find_last_not_of(" \t\r\n");
        inside = first == std::string_view::npos ? "" : inside.substr(first, last - first + 1);
        plain(text.substr(0, start));
        const std::string_view whole = text.substr(start, close + 2 - start);
        Path path = path_of(inside);
        if (path.empty())
            plain(whole);
        else
            reference({std::string(inside), std::move(path)}, whole);
        text.remove_prefix(close + 2);
    }
    plain(text);
}

bool is_time(const Path& path, std::size_t at) {
    return path.size() == at + 1 && is_one_of(path[at], kTimeArguments);
}

bool is_known_of_job(const Path& path) {
    static constexpr std::array<std::string_view, 4> kPlain{"id", "name", "run_id", "repair_count"};
    if (path.size() == 2) return is_one_of(path[1], kPlain);
    if (path[1] == "start_time") return is_time(path, 2);
    if (path[1] == "parameters") return path.size() == 3;
    if (path[1] != "trigger" || path.size() < 3) return false;
    if (path[2] == "type") return path.size() == 3;
    if (path[2] == "time") return is_time(path, 3);
    if (path[2] == "file_arrival") return path.size() == 4 && path[3] == "location";
    return path[2] == "table_update" && path.size() == 4 && path[3] == "updated_tables";
}

bool is_known_of_tasks(const Path& path) {
    static constexpr std::array<std::string_view, 4> kPlain{"run_id", "result_state", "error_code", "execution_count"};
    if (path.size() < 3) return false;
    if (path.size() == 3) return is_one_of(path[2], kPlain);
    if (path[2] == "values") return true;
    if (path[2] != "output") return false;
    return (path.size() == 4 && path[3] == "rows") || (path.size() == 5 && path[3] == "first_row");
}

enum class Known { kYes, kNo, kNoNamespace };
Known known(const Path& path) {
    auto as = [](bool is_known) { return is_known ? Known::kYes : Known::kNo; };
    const std::string& space = path.front();
    if (path.size() == 1 && is_one_of(space, kOldForms)) return Known::kYes;
    if (space == "input") return Known::kYes;
    if (path.size() == 1) return Known::kNoNamespace;
    static constexpr std::array<std::string_view, 4> kTask{"name", "run_id", "execution_count", "notebook_path"};
    static constexpr std::array<std::string_view, 2> kWorkspace{"id", "url"};
    if (space == "job") return as(is_known_of_job(path));
    if (space == "task") return as(path.size() == 2 && is_one_of(path[1], kTask));
    if (space == "tasks") return as(is_known_of_tasks(path));
    if (space == "workspace") return as(path.size() == 2 && is_one_of(path[1], kWorkspace));
    if (space == "backfill") return as(path.size() == 2 && path[1] == "iso_datetime");
    return Known::kNoNamespace;
}

std::string text_of(const Json& value) {
    return value.is_string() ? value.get<std::string>() : value.dump();
}

/// The member that the names lead to; nullptr when there is none, or null.
const Json* member(const Json& value, std::span<const std::string> names) {
    const Json* at = &value;
    for (const std::string& name : names) {
        if (!at->is_object()) return nullptr;
        const auto found = at->find(name);
        if (found == at->end()) return nullptr;
        at = &*found;
    }
    return at->is_null() ? nullptr : at;
}

std::optional<std::string> text_at(const Json& value, std::initializer_list<std::string> names) {
    const std::vector<std::string> list(names);
    const Json* found = member(value, list);
    return found ? std::optional(text_of(*found)) : std::nullopt;
}

/// As the reference names them.
std::string trigger_type(const std::string& trigger) {
    if (trigger == "RUN_JOB_TASK") return "run_job";
    if (trigger == "PERIODIC" || trigger == "FILE_ARRIVAL") return trigger == "PERIODIC" ? "periodic" : "file_arrival";
    return trigger.starts_with("CONTINUOUS") ? "continuous" : "onetime";
}
}  // namespace

bool has_references(std::string_view text) {
    bool found = false;
    scan(
        text, [](std::string_view) {},
        [&](const Reference& reference, std::string_view) {
            found = found || known(reference.path) != Known::kNoNamespace;
        });
    return found;
}

std::optional<std::string> unknown_reference(std::string_view text) {
    std::optional<std::string> unknown;
    scan(
        text, [](std::string_view) {},
        [&](const Reference& reference, std::string_view) {
            if (!unknown && known(reference.path) == Known::kNo) unknown = reference.text;
        });
    return unknown;
}

std::vector<std::string> referenced_tasks(std::string_view text) {
    std::vector<std::string> keys;
    scan(
        text, [](std::string_view) {},
        [&](const Reference& reference, std::string_view) {
            if (reference.path.size() < 2 || reference.path.front() != "tasks") return;
            if (std::ranges::find(keys, reference.path[1]) == keys.end()) keys.push_back(reference.path[1]);
        });
    return keys;
}

std::string ValueReferences::resolve(std::string_view text) const {
    return resolve(text, Parameters::kResolved);
}

Json ValueReferences::resolve_all(const Json& value) const {
    if (value.is_string()) return resolve(value.get_ref<const std::string&>());
    Json result = value;
    if (value.is_structured())
        for (auto& item : result) item = resolve_all(item);
    return result;
}

std::string ValueReferences::resolve(std::string_view text, Parameters parameters) const {
    std::string result;
    scan(
        text, [&](std::string_view plain) { result += plain; },
        [&](const Reference& reference, std::string_view whole) {
            const bool is_parameter =
                reference.path.size() == 3 && reference.path[0] == "job" && reference.path[1] == "parameters";
            if (known(reference.path) != Known::kYes || (is_parameter && parameters == Parameters::kLeft)) {
                result += whole;
                return;
            }
            const auto value = find(reference.path, parameters);
            if (!value) throw UnresolvedReference(reference.text);
            result += *value;
        });
    return result;
}

std::optional<std::string> ValueReferences::find(const Path& path, Parameters parameters) const {
    const std::string& space = path.front();
    if (space == "job") return find_of_job(path, parameters);
    if (space == "tasks") return find_of_task(path);
    if (path.size() == 1 && space != "input") return find_old_form(space);
    const Json* found = member(values_, path);
    return found ? std::optional(text_of(*found)) : std::nullopt;
}

std::optional<std::string> ValueReferences::find_of_job(const Path& path, Parameters parameters) const {
    if (path[1] == "start_time" || (path[1] == "trigger" && path[2] == "time")) {
        const auto job = values_.find("job");
        if (job == values_.end()) return std::nullopt;
        const EpochMillis start = job->value("start_time", EpochMillis{0});
        return time_argument(path[1] == "trigger" ? job->value("trigger_time", start) : start, path.back());
    }
    if (path[1] == "trigger" && path[2] == "type") {
        const auto type = text_at(values_, {"job", "trigger_type"});
        return type ? std::optional(trigger_type(*type)) : std::nullopt;
    }
    if (path[1] == "trigger") return text_at(values_, {"job", path[2] + "_" + path[3]}).value_or("");
    const auto value = text_at(values_, path.size() == 2 ? std::initializer_list<std::string>{"job", path[1]}
                                                         : std::initializer_list<std::string>{"job", path[1], path[2]});
    // A parameter's own text may refer to the run, but to no other parameter: that would have no end.
    if (value && path[1] == "parameters" && parameters == Parameters::kResolved)
        return resolve(*value, Parameters::kLeft);
    return value;
}

std::optional<std::string> ValueReferences::find_of_task(const Path& path) const {
    const Json* task = member(values_, std::vector<std::string>{"tasks", path[1]});
    if (path[2] == "values") {
        const Json* found = task ? member(*task, std::span(path).subspan(2)) : nullptr;
        return found ? std::optional(text_of(*found)) : std::nullopt;
    }
    if (path[2] == "output") {
        const Json* rows = task ? member(*task, std::vector<std::string>{"rows"}) : nullptr;
        if (!rows) return std::nullopt;
        if (path[3] == "rows") return rows->dump();
        if (rows->empty()) return std::nullopt;
        const Json* column = member(rows->front(), std::vector<std::string>{path[4]});
        return column ? std::optional(text_of(*column)) : std::nullopt;
    }
    // A task that has not run has no state, which is a state to compare with.
    return task ? text_at(*task, {path[2]}).value_or("") : "";
}

std::optional<std::string> ValueReferences::find_old_form(const std::string& name) const {
    if (name == "job_id") return text_at(values_, {"job", "id"});
    if (name == "parent_run_id") return text_at(values_, {"job", "run_id"});
    if (name == "run_id") return text_at(values_, {"task", "run_id"});
    if (name == "task_key") return text_at(values_, {"task", "name"});
    if (name == "task_retry_count") return text_at(values_, {"task", "attempt_number"});
    const auto job = values_.find("job");
    if (job == values_.end()) return std::nullopt;
    return time_argument(job->value("start_time", EpochMillis{0}), name == "start_date" ? "iso_date" : "timestamp_ms");
}

}  // namespace stoker
