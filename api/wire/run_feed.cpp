#include "api/wire/run_feed.h"

#include <algorithm>

#include "api/wire/run_json.h"
#include "core/json_depth.h"

namespace stoker::api {
namespace {
using Json = nlohmann::json;

Json of_task(const db::TaskRunRow& task) {
    return {{"run_id", task.run_id.value}, {"task_key", task.task_key}};
}

Json of_cell(const db::TaskRunRow& task, int cell) {
    Json data = of_task(task);
    data["cell"] = cell;
    return data;
}

Json of_output(const db::TaskRunRow& task, int cell, int output, const Json& content) {
    Json data = content;
    data.update(of_cell(task, cell));
    data["output"] = output;
    return data;
}

Json stream(std::string_view name, std::string_view text) {
    return {{"output_type", "stream"}, {"name", name}, {"text", text}};
}

/// nbformat has texts as one string or as lines.
std::string text_of(const Json& text) {
    if (text.is_string()) return text.get<std::string>();
    std::string joined;
    for (const Json& line : text)
        if (line.is_string()) joined += line.get_ref<const std::string&>();
    return joined;
}

/// What stands for an output that a program wrote past the kernel's own code, and that no client could read.
Json unreadable_output() {
    const std::string text = "This output cannot be shown: it is no JSON object, or one of more than " +
                             std::to_string(kDeepestJson) + " levels of nesting.";
    return {{"output_type", "display_data"}, {"data", {{"text/plain", text}}}, {"metadata", Json::object()}};
}

Json readable(const Json& output) {
    return output.is_object() && !is_nested_deeper_than(output, kDeepestJson) ? output : unreadable_output();
}

/// A list in a notebook. Nothing of it is copied before its depth is known.
const Json& list_of(const Json& object, const char* name) {
    static const Json kNone = Json::array();
    if (!object.is_object()) return kNone;
    const auto found = object.find(name);
    return found != object.end() && found->is_array() ? *found : kNone;
}
}  // namespace

std::string RunFeed::event(std::string_view name, const Json& data) const {
    std::string text = "event: ";
    text.append(name).append("\nid: ").append(position_.text());
    text.append("\ndata: ").append(data.dump(-1, ' ', false, Json::error_handler_t::replace)).append("\n\n");
    return text;
}

std::string RunFeed::state_once(RunId run_id, Json data) {
    Json& told = told_states_[run_id];
    if (told == data) return "";
    told = std::move(data);
    return event("state", told);
}

std::string RunFeed::state(const db::RunRow& run) {
    return state_once(
        run.run_id,
        {{"run_id", run.run_id.value}, {"state", state_json(run, ApiVersion::k22)}, {"status", status_json(run)}});
}

std::string RunFeed::state(const db::TaskRunRow& task) {
    Json data = of_task(task);
    data["attempt_number"] = task.attempt_number;
    if (task.for_each_run_id) data["iteration"] = task.iteration;
    data["state"] = state_json(task);
    data["status"] = status_json(task);
    return state_once(task.run_id, std::move(data));
}

std::string RunFeed::live(const db::TaskRunRow& task, const db::LiveOutput& output) {
    const OutputPosition told = position_.of(task.run_id);
    if (output.kind == "clear") {
        if (output.cell < told.cell) return "";
        position_.move(task.run_id, {output.cell, 0, 0});
        return event("clear", of_cell(task, output.cell));
    }
    if (output.kind == "output") {
        if (OutputPosition{output.cell, output.output, 0} < OutputPosition{told.cell, told.output, 0}) return "";
        position_.move(task.run_id, {output.cell, output.output + 1, 0});
        return event("output", of_output(task, output.cell, output.output, readable(parse_shallow(output.content))));
    }
    const std::int64_t end = output.start + static_cast<std::int64_t>(output.content.size());
    const OutputPosition after{output.cell, output.output, end};
    if (after <= told) return "";
    std::string_view text = output.content;
    if (told.cell == output.cell && told.output == output.output && told.start > output.start)
        text.remove_prefix(static_cast<std::size_t>(told.start - output.start));
    position_.move(task.run_id, after);
    if (output.kind != "log")
        return event("output", of_output(task, output.cell, output.output, stream(output.kind, text)));
    Json data = of_task(task);
    data["text"] = text;
    return event("log", data);
}

std::string RunFeed::rest_of_notebook(const db::TaskRunRow& task, const std::string& notebook) {
    const Json document = Json::parse(notebook, nullptr, false);
    const Json& cells = list_of(document, "cells");
    std::string events;
    const OutputPosition told = position_.of(task.run_id);
    for (int cell = told.cell; cell < static_cast<int>(cells.size()); ++cell) {
        const Json& outputs = list_of(cells[static_cast<std::size_t>(cell)], "outputs");
        const int first = cell == told.cell ? told.output : 0;
        for (int place = first; place < static_cast<int>(outputs.size()); ++place) {
            Json output = readable(outputs[static_cast<std::size_t>(place)]);
            if (output.contains("output_type") && output["output_type"] == "stream") {
                const std::string text = text_of(output["text"]);
                const bool is_open = cell == told.cell && place == told.output;
                const std::size_t skipped = is_open ? std::min(text.size(), static_cast<std::size_t>(told.start)) : 0;
                if (skipped == text.size()) continue;
                output["text"] = text.substr(skipped);
            }
            position_.move(task.run_id, {cell, place + 1, 0});
            events += event("output", of_output(task, cell, place, output));
        }
    }
    return events;
}

std::string RunFeed::rest_of_log(const db::TaskRunRow& task, const std::string& logs, std::int64_t start) {
    const std::int64_t told = position_.of(task.run_id).start;
    const std::size_t skipped = told > start ? static_cast<std::size_t>(told - start) : 0;
    if (skipped >= logs.size()) return "";
    position_.move(task.run_id, {0, 0, start + static_cast<std::int64_t>(logs.size())});
    Json data = of_task(task);
    data["text"] = std::string_view(logs).substr(skipped);
    return event("log", data);
}

std::string RunFeed::result(const db::TaskRunRow& task, const std::optional<db::TaskOutputRow>& output) {
    Json data = output_json(task, output);
    data.erase("logs");
    data.erase("logs_truncated");
    data.update(of_task(task));
    position_.set_done(task.run_id);
    return event("result", data);
}

std::string RunFeed::end(const db::RunRow& run) {
    return event(
        "end",
        {{"run_id", run.run_id.value}, {"state", state_json(run, ApiVersion::k22)}, {"status", status_json(run)}});
}

}  // namespace stoker::api
