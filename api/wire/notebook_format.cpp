#include "api/wire/notebook_format.h"

#include <algorithm>
#include <array>
#include <vector>

#include <nlohmann/json.hpp>

namespace stoker::api {
namespace {
using Json = nlohmann::json;

constexpr std::array kLanguages{
    NotebookLanguage{"PYTHON", ".py", "# "},
    NotebookLanguage{"SQL", ".sql", "-- "},
    NotebookLanguage{"SCALA", ".scala", "// "},
    NotebookLanguage{"R", ".r", "# "},
};

std::vector<std::string_view> lines_of(std::string_view text) {
    std::vector<std::string_view> lines;
    while (true) {
        const std::size_t end = text.find('\n');
        std::string_view line = text.substr(0, end);
        if (line.ends_with('\r')) line.remove_suffix(1);
        lines.push_back(line);
        if (end == std::string_view::npos) return lines;
        text.remove_prefix(end + 1);
    }
}

std::string joined(const std::vector<std::string>& lines) {
    auto first = std::ranges::find_if(lines, [](const auto& line) { return !line.empty(); });
    auto last = lines.end();
    while (last != first && std::prev(last)->empty()) --last;
    std::string text;
    for (auto line = first; line != last; ++line) text += (line == first ? "" : "\n") + *line;
    return text;
}

std::string text_of_cell(const Json& cell) {
    const Json source = cell.value("source", Json(""));
    if (source.is_string()) return source.get<std::string>();
    std::string text;
    for (const Json& part : source)
        if (part.is_string()) text += part.get<std::string>();
    return text;
}

Json cell_of(const std::vector<std::string>& lines) {
    std::string text = joined(lines);
    const bool is_markdown = text.starts_with("%md");
    if (is_markdown) {
        text.erase(0, 3);
        text.erase(0, text.find_first_not_of(" \n"));
        return {{"cell_type", "markdown"}, {"metadata", Json::object()}, {"source", text}};
    }
    return {{"cell_type", "code"},
            {"metadata", Json::object()},
            {"source", text},
            {"outputs", Json::array()},
            {"execution_count", nullptr}};
}
}  // namespace

const NotebookLanguage* notebook_language(std::string_view name) {
    auto found = std::ranges::find(kLanguages, name, &NotebookLanguage::name);
    return found == kLanguages.end() ? nullptr : &*found;
}

const NotebookLanguage* language_of_extension(std::string_view extension) {
    auto found = std::ranges::find(kLanguages, extension == ".R" ? ".r" : extension, &NotebookLanguage::extension);
    return found == kLanguages.end() ? nullptr : &*found;
}

std::string source_header(const NotebookLanguage& language) {
    return std::string(language.comment) + "Databricks notebook source";
}

bool has_source_header(std::string_view content, const NotebookLanguage& language) {
    std::string_view first = content.substr(0, content.find('\n'));
    if (first.ends_with('\r')) first.remove_suffix(1);
    return first == source_header(language);
}

std::optional<std::string> jupyter_language(std::string_view content) {
    const Json notebook = Json::parse(content, nullptr, false);
    if (!notebook.is_object() || !notebook.contains("cells") || !notebook["cells"].is_array()) return std::nullopt;
    std::string name = "python";
    if (auto metadata = notebook.find("metadata"); metadata != notebook.end() && metadata->is_object())
        for (const auto& [table, field] : {std::pair{"kernelspec", "language"}, {"language_info", "name"}})
            if (auto info = metadata->find(table);
                info != metadata->end() && info->is_object() && info->contains(field) && (*info)[field].is_string())
                name = (*info)[field].get<std::string>();
    std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return notebook_language(name) ? name : "PYTHON";
}

std::string jupyter_to_source(std::string_view content, const NotebookLanguage& language) {
    const Json notebook = Json::parse(content);
    const std::string magic = std::string(language.comment) + "MAGIC";
    std::string source = source_header(language);
    bool first = true;
    for (const Json& cell : notebook["cells"]) {
        std::string text = text_of_cell(cell);
        const bool is_code = cell.value("cell_type", "code") == "code";
        if (!is_code) text = "%md\n" + text;
        source += first ? "\n" : "\n\n" + std::string(language.comment) + "COMMAND ----------\n\n";
        first = false;
        const bool as_magic = text.starts_with('%');
        bool first_line = true;
        for (std::string_view line : lines_of(text)) {
            if (!first_line) source += "\n";
            first_line = false;
            if (as_magic)
                source += line.empty() ? magic : magic + " " + std::string(line);
            else
                source += line;
        }
    }
    return source + "\n";
}

std::string source_to_jupyter(std::string_view content, const NotebookLanguage& language) {
    const std::string comment(language.comment);
    const std::string magic = comment + "MAGIC";
    Json cells = Json::array();
    std::vector<std::string> lines;
    auto lines_in = lines_of(content);
    if (has_source_header(content, language)) lines_in.erase(lines_in.begin());
    for (std::string_view line : lines_in) {
        if (line == comment + "COMMAND ----------") {
            cells.push_back(cell_of(lines));
            lines.clear();
            continue;
        }
        if (line.starts_with(magic)) line.remove_prefix(std::min(line.size(), magic.size() + 1));
        lines.emplace_back(line);
    }
    cells.push_back(cell_of(lines));
    std::string name(language.name);
    std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    const Json notebook{
        {"cells", cells}, {"metadata", {{"language_info", {{"name", name}}}}}, {"nbformat", 4}, {"nbformat_minor", 4}};
    return notebook.dump(1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace stoker::api
