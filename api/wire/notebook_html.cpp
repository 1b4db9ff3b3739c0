#include "api/wire/notebook_html.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>

#include <nlohmann/json.hpp>

#include "api/wire/ansi_html.h"
#include "api/wire/markdown_html.h"
#include "core/embedded.h"
#include "core/hash.h"
#include "core/json_depth.h"

namespace stoker::embedded {
std::span<const EmbeddedFile> page_styles();
}

namespace stoker::api {
namespace {
using Json = nlohmann::json;

constexpr std::size_t kColouredSpans = 100'000;  // of a page
/// For frames, too: they inherit it.
constexpr std::string_view kPolicy =
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; base-uri 'none'; form-action 'none'";

constexpr std::array<std::string_view, 4> kPictures{"image/png", "image/jpeg", "image/gif", "image/webp"};

std::string_view style(std::string_view name) {
    const auto files = embedded::page_styles();
    return std::find_if(files.begin(), files.end(), [name](const auto& file) { return file.name == name; })->content;
}

const Json& member(const Json& object, const char* name) {
    static const Json kNothing;
    if (!object.is_object()) return kNothing;
    const auto found = object.find(name);
    return found == object.end() ? kNothing : *found;
}

/// nbformat keeps text as one string or as its lines.
std::string text_of(const Json& value) {
    if (value.is_string()) return value.get_ref<const std::string&>();
    std::string text;
    if (value.is_array())
        for (const Json& line : value)
            if (line.is_string()) text += line.get_ref<const std::string&>();
    return text;
}

std::size_t count(std::string_view text, std::string_view part) {
    std::size_t found = 0;
    for (auto at = text.find(part); at != text.npos; at = text.find(part, at + part.size())) ++found;
    return found;
}

std::string duration_text(std::int64_t millis) {
    if (millis < 1000) return std::to_string(millis) + " ms";
    if (millis < 60'000) return std::to_string(millis / 1000) + "." + std::to_string(millis % 1000 / 100) + " s";
    return std::to_string(millis / 60'000) + " min " + std::to_string(millis % 60'000 / 1000) + " s";
}

class Page {
  public:
    explicit Page(std::size_t limit) : limit_(limit) {}

    bool is_too_long() const { return html_.size() > limit_; }
    std::string take() { return std::move(html_); }

    void begin(const NotebookHead& head) {
        const std::string name = escaped_html(head.name);
        html_ = "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n";
        html_ += "<meta http-equiv=\"Content-Security-Policy\" content=\"" + std::string(kPolicy) + "\">\n";
        html_ += "<meta http-equiv=\"x-dns-prefetch-control\" content=\"off\">\n";
        html_ += "<meta name=\"referrer\" content=\"no-referrer\">\n";
        html_ += "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n";
        html_ += "<title>" + name + "</title>\n<style>\n";
        html_ += style("wire/notebook.css");
        html_ += "</style>\n</head>\n<body>\n<header>\n<h1>" + name + "</h1>\n<dl>\n";
        for (const auto& [fact, value] : head.facts)
            html_ += "<div><dt>" + escaped_html(fact) + "</dt><dd>" + escaped_html(value) + "</dd></div>\n";
        html_ += "</dl>\n</header>\n<main>\n";
    }
    void end() { html_ += "</main>\n</body>\n</html>\n"; }

    void remark(std::string_view text) { html_ += "<p class=\"remark\">" + escaped_html(text) + "</p>\n"; }

    void cell(const Json& cell) {
        const std::string source = text_of(member(cell, "source"));
        const Json& type = member(cell, "cell_type");
        const Json& metadata = member(cell, "metadata");
        html_ += "<section class=\"cell\">\n";
        if (const std::string title = text_of(member(member(metadata, "application/vnd.databricks.v1+cell"), "title"));
            !title.empty())
            html_ += "<h2 class=\"title\">" + escaped_html(title) + "</h2>\n";
        if (type == "markdown") {
            html_ += "<div class=\"markdown\">" + markdown_to_html(source) + "</div>\n";
        } else if (type == "raw") {
            html_ += "<pre class=\"raw\">" + escaped_html(source) + "</pre>\n";
        } else {
            code(cell, source);
            const Json& duration = member(member(metadata, "stoker"), "duration_ms");
            if (duration.is_number_integer() && duration.get<std::int64_t>() >= 0)
                html_ += "<p class=\"duration\">" + duration_text(duration.get<std::int64_t>()) + "</p>\n";
        }
        html_ += "</section>\n";
    }

  private:
    void code(const Json& cell, const std::string& source) {
        const Json& number = member(cell, "execution_count");
        html_ += "<div class=\"source\"><span class=\"count\">[";
        html_ += number.is_number_integer() ? std::to_string(number.get<std::int64_t>()) : " ";
        html_ += "]</span><pre><code>" + escaped_html(source) + "</code></pre></div>\n";
        const Json& outputs = member(cell, "outputs");
        if (!outputs.is_array()) return;
        for (const Json& output : outputs) {
            if (is_too_long()) return;
            const Json& type = member(output, "output_type");
            if (type == "stream")
                stream(output);
            else if (type == "error")
                error(output);
            else
                data(member(output, "data"));
        }
    }

    void stream(const Json& output) {
        const std::string_view kind = member(output, "name") == "stderr" ? "stream stderr" : "stream";
        preformatted(kind, text_of(member(output, "text")));
    }

    void error(const Json& output) {
        std::string trace;
        if (const Json& lines = member(output, "traceback"); lines.is_array())
            for (const Json& line : lines) trace += text_of(line) + "\n";
        if (trace.empty()) trace = text_of(member(output, "ename")) + ": " + text_of(member(output, "evalue"));
        preformatted("error", trace);
    }

    /// The best of what a display offers in several forms.
    void data(const Json& bundle) {
        const std::string markup = text_of(member(bundle, "text/html"));
        const bool has_script = markup.find("<script") != std::string::npos;
        if (!markup.empty() && !has_script) return frame(markup);
        if (picture(bundle)) return;
        if (!markup.empty()) {
            remark("This output is made by a script, which is not run here.");
            return frame(markup);
        }
        if (const std::string text = text_of(member(bundle, "text/markdown")); !text.empty()) {
            html_ += "<div class=\"output markdown\">" + markdown_to_html(text) + "</div>\n";
            return;
        }
        if (const Json& value = member(bundle, "application/json");
            !value.is_null() && !is_nested_deeper_than(value, kDeepestJson))
            return preformatted("value", value.dump(2, ' ', false, Json::error_handler_t::replace));
        for (const char* kind : {"text/latex", "text/plain"})
            if (const std::string text = text_of(member(bundle, kind)); !text.empty())
                return preformatted("value", text);
        if (bundle.is_object() && !bundle.empty()) remark("This output cannot be shown in a page.");
    }

    bool picture(const Json& bundle) {
        for (std::string_view kind : kPictures) {
            const Json& encoded = member(bundle, std::string(kind).c_str());
            if (encoded.is_null()) continue;
            std::string base64 = text_of(encoded);
            std::erase_if(base64, [](unsigned char c) { return std::isspace(c) != 0; });
            return image(kind, base64);
        }
        if (const std::string drawing = text_of(member(bundle, "image/svg+xml")); !drawing.empty())
            return image("image/svg+xml", base64_encode(drawing));
        return false;
    }

    bool image(std::string_view kind, const std::string& base64) {
        html_ += "<p class=\"output\"><img alt=\"\" src=\"data:";
        html_ += kind;
        html_ += ";base64," + escaped_html(base64) + "\"></p>\n";
        return true;
    }

    /// HTML of a cell: in a frame that may run nothing, load nothing and lead nowhere.
    void frame(const std::string& markup) {
        // A frame cannot grow to what it holds without a script; so it is as high as its rows, and can be drawn larger.
        const std::size_t rows = count(markup, "<tr") + count(markup, "<p") + count(markup, "<br") +
                                 count(markup, "<li") + count(markup, "<h") + count(markup, "<div");
        const std::size_t height = std::clamp<std::size_t>(28 + rows * 28, 56, 560);
        std::string page =
            "<!DOCTYPE html><meta charset=\"utf-8\"><meta http-equiv=\"Content-Security-Policy\" content=\"" +
            std::string(kPolicy) + "\"><style>";
        page += style("wire/notebook_output.css");
        page += "</style>" + markup;
        html_ += "<iframe class=\"output\" sandbox=\"\" title=\"Output\" style=\"height:" + std::to_string(height) +
                 "px\" srcdoc=\"" + escaped_html(page) + "\"></iframe>\n";
    }

    void preformatted(std::string_view kind, const std::string& text) {
        html_ += "<pre class=\"output ";
        html_ += kind;
        html_ += "\">" + ansi_to_html(text, spans_left_) + "</pre>\n";
    }

    const std::size_t limit_;
    std::size_t spans_left_ = kColouredSpans;
    std::string html_;
};
}  // namespace

std::optional<std::string> notebook_html(std::string_view notebook, const NotebookHead& head, std::size_t limit) {
    const Json document = Json::parse(notebook, nullptr, false);
    Page page(limit);
    page.begin(head);
    const Json& cells = member(document, "cells");
    if (cells.is_array()) {
        for (const Json& cell : cells) {
            if (page.is_too_long()) return std::nullopt;
            page.cell(cell);
        }
    } else {
        page.remark("The notebook that was stored of this run cannot be read.");
    }
    page.end();
    if (page.is_too_long()) return std::nullopt;
    return page.take();
}

}  // namespace stoker::api
