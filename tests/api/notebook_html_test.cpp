#include "api/wire/notebook_html.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "api/wire/ansi_html.h"
#include "api/wire/markdown_html.h"

namespace stoker::api {
namespace {
using Json = nlohmann::json;
constexpr std::size_t kLimit = 1 << 20;

std::string ansi(std::string_view text, std::size_t spans = 100) {
    return ansi_to_html(text, spans);
}

TEST(AnsiHtml, ShowsWhatATerminalWould) {
    const std::vector<std::pair<std::string, std::string>> cases{
        {"plain\n\ttext", "plain\n\ttext"},
        {"<b> & \"c\"", "&lt;b&gt; &amp; &quot;c&quot;"},
        {"\x1b[31mred\x1b[0m none", "<span style=\"color:#b42318;\">red</span> none"},
        {"\x1b[1;4mboth\x1b[24mbold\x1b[22mnone",
         "<span style=\"font-weight:bold;text-decoration:underline;\">both</span>"
         "<span style=\"font-weight:bold;\">bold</span>none"},
        {"\x1b[38;5;196ma\x1b[38;2;1;2;3mb",
         "<span style=\"color:#ff0000;\">a</span><span style=\"color:#010203;\">b</span>"},
        {"\x1b[43mmarked\x1b[49m", "<span style=\"background:#8a610033;\">marked</span>"},
        {"\x1b[32m\x1b[0mnothing", "nothing"},
        {"10%\r50%\r100%\nend", "100%\nend"},
        {"dos\r\n", "dos\n"},
        {"\x1b[2J\x1b[1;5Hmoved\x1b[?25l", "moved"},
        {"\x1b]0;title\x07shown\x1b]8;;http://x\x1b\\link", "shownlink"},
        {"a\x07\x08\x7f"
         "b",
         "ab"},
        {"cut\x1b", "cut"},
        {"cut\x1b[31", "cut"},
        {"cut\x1b[38;5m!", "cut!"},
        {"\x1b[99999999999999m\x1b[38;2;999;999;999mx", "<span style=\"color:#e7e7e7;\">x</span>"},
        {"gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f"},
    };
    for (const auto& [text, html] : cases) EXPECT_EQ(ansi(text), html) << text;
}

TEST(AnsiHtml, GoesOnWithoutColoursWhenThereAreTooMany) {
    EXPECT_EQ(ansi("\x1b[31ma\x1b[32mb\x1b[33mc", 1), "<span style=\"color:#b42318;\">a</span>bc");
}

TEST(MarkdownHtml, IsMarkdownAsGitHubReadsIt) {
    const std::string html =
        markdown_to_html("# Head\n\n- *a*\n- [x] done\n\n|a|b|\n|---|---|\n|1|2|\n\n`<code>` https://example.com/");
    for (const char* part :
         {"<h1>Head</h1>", "<em>a</em>", "<input type=\"checkbox\" disabled checked> done", "<th>a</th>", "<td>1</td>",
          "<code>&lt;code&gt;</code>", "<a href=\"https://example.com/\">"})
        EXPECT_NE(html.find(part), std::string::npos) << part << " in " << html;
}

TEST(MarkdownHtml, LetsNothingHostileThrough) {
    const std::vector<std::pair<std::string, std::string>> cases{
        {"<script>alert(1)</script>", "<script"},
        {"a <img src=x onerror=alert(1)>", "<img"},
        {"[a](javascript:alert(1))", "javascript:"},
        {"[a](JaVaScRiPt:alert(1))", "alert"},
        {"[a](data:text/html;base64,PHNjcmlwdD4=)", "data:"},
        {"[a]( vbscript:x)", "vbscript"},
        {"![a](https://example.com/pixel.png)", "example.com"},
        {"![a](//example.com/pixel.png \"t\")", "example.com"},
        {"![\"><script>](x)", "<script"},
        {"[a](https://e/\"onmouseover=\"alert(1))", "\"onmouseover"},
        {"```\"><script>\n```", "<script"},
    };
    for (const auto& [markdown, forbidden] : cases)
        EXPECT_EQ(markdown_to_html(markdown).find(forbidden), std::string::npos)
            << markdown << " became " << markdown_to_html(markdown);
    EXPECT_NE(markdown_to_html("![a](data:image/png;base64,AA+/==)").find("src=\"data:image/png;base64,AA+/==\""),
              std::string::npos);
}

TEST(MarkdownHtml, ShortTextMakesNoEndlessPage) {
    const auto repeated = [](std::string_view text, int times) {
        std::string all;
        while (times-- > 0) all += text;
        return all;
    };
    const std::string wide_table =
        repeated("|a", 10'000) + "\n" + repeated("|---", 10'000) + "\n" + repeated("|b\n", 10'000);
    const std::string long_reference = "[a]: https://" + repeated("x", 50'000) + "\n\n" + repeated("[a] ", 50'000);
    const std::string long_reference_to_nowhere =
        "[a]: x" + repeated("\\*", 50'000) + "\n\n" + repeated("[a] ", 50'000);
    for (const std::string& markdown : {wide_table, long_reference, long_reference_to_nowhere}) {
        const std::string html = markdown_to_html(markdown);
        EXPECT_TRUE(html.starts_with("<pre>")) << html.substr(0, 100);
        EXPECT_LT(html.size(), 2 * markdown.size());
    }
}

std::string page(const std::vector<Json>& cells, std::size_t limit = kLimit) {
    return notebook_html(Json{{"cells", cells}}.dump(), {"report <1>", {{"Run", "7 & 8"}}}, limit).value_or("too long");
}
Json code(Json outputs, const std::string& source = "1 + 1") {
    return {{"cell_type", "code"}, {"source", source}, {"execution_count", 3}, {"outputs", std::move(outputs)}};
}
Json shown(Json data) {
    return code({{{"output_type", "display_data"}, {"data", std::move(data)}}});
}
bool has(const std::string& html, const std::string& part) {
    return html.find(part) != std::string::npos;
}

TEST(NotebookHtml, IsOnePageThatNeedsNothingFromElsewhere) {
    const std::string html = page({code(Json::array())});
    EXPECT_TRUE(html.starts_with("<!DOCTYPE html>"));
    EXPECT_TRUE(has(html, "default-src 'none'"));
    EXPECT_TRUE(has(html, "<title>report &lt;1&gt;</title>"));
    EXPECT_TRUE(has(html, "<dt>Run</dt><dd>7 &amp; 8</dd>"));
    EXPECT_FALSE(has(html, "<script"));
    EXPECT_FALSE(has(html, "<link"));
}

TEST(NotebookHtml, ShowsCellsAndTheirOutputs) {
    Json titled = code({{{"output_type", "stream"}, {"name", "stderr"}, {"text", {"a\n", "b"}}},
                        {{"output_type", "error"},
                         {"ename", "ValueError"},
                         {"evalue", "no"},
                         {"traceback", {"\x1b[31mTraceback\x1b[0m", "ValueError: <no>"}}}},
                       "print('<x>')");
    titled["metadata"] = {{"application/vnd.databricks.v1+cell", {{"title", "Load & check"}}},
                          {"stoker", {{"duration_ms", 61'500}}}};
    const std::string html = page({titled,
                                   {{"cell_type", "markdown"}, {"source", {"# One\n", "two"}}},
                                   {{"cell_type", "raw"}, {"source", "<raw>"}}});
    for (const char* part :
         {"<h2 class=\"title\">Load &amp; check</h2>", "[3]", "print('&lt;x&gt;')",
          "<pre class=\"output stream stderr\">a\nb</pre>", ">Traceback</span>\nValueError: &lt;no&gt;", "1 min 1 s",
          "<h1>One</h1>", "<pre class=\"raw\">&lt;raw&gt;</pre>"})
        EXPECT_TRUE(has(html, part)) << part << " in " << html;
}

TEST(NotebookHtml, ShowsTheBestOfADisplay) {
    const std::vector<std::pair<Json, std::string>> cases{
        {{{"text/html", "<table><tr><td>\"1\"</td></tr></table>"}, {"text/plain", "plain"}},
         "&lt;table&gt;&lt;tr&gt;&lt;td&gt;&quot;1&quot;"},
        {{{"image/png", "QUJD\nREVG"}, {"text/plain", "<Figure>"}}, "src=\"data:image/png;base64,QUJDREVG\""},
        {{{"image/svg+xml", "<svg/>"}}, "src=\"data:image/svg+xml;base64,PHN2Zy8+\""},
        {{{"text/html", "<div></div><script>plot()</script>"}, {"image/png", "QUJD"}}, "base64,QUJD"},
        {{{"text/html", "<div></div><script>plot()</script>"}, {"text/plain", "Figure"}}, "made by a script"},
        {{{"text/markdown", "**bold**"}, {"text/plain", "plain"}}, "<strong>bold</strong>"},
        {{{"application/json", {{"a", {1}}}}, {"text/plain", "plain"}}, "&quot;a&quot;: [\n"},
        {{{"text/plain", "x < y"}}, "<pre class=\"output value\">x &lt; y</pre>"},
        {{{"application/x-own", "?"}}, "cannot be shown"},
    };
    for (const auto& [data, part] : cases)
        EXPECT_TRUE(has(page({shown(data)}), part)) << data << " in " << page({shown(data)});
}

TEST(NotebookHtml, HtmlOfACellStandsInAFrameThatMayDoNothing) {
    const std::string html = page({shown({{"text/html", "\"></iframe><img src=x onerror=alert(1)>"}})});
    EXPECT_TRUE(has(html, "<iframe class=\"output\" sandbox=\"\""));
    EXPECT_FALSE(has(html, "<img"));
    EXPECT_EQ(html.find("</iframe>"), html.rfind("</iframe>"));
}

TEST(NotebookHtml, HostilePicturesStayInTheirAttribute) {
    const std::string html = page({shown({{"image/png", "\" onerror=\"alert(1)"}})});
    EXPECT_FALSE(has(html, "\"onerror"));
    EXPECT_TRUE(has(html, "base64,&quot;onerror=&quot;alert(1)\""));
}

TEST(NotebookHtml, TakesAnyJsonWithoutHarm) {
    for (const char* notebook :
         {"", "null", "[]", "{\"cells\":{}}", "{\"cells\":[1,null,[],{}]}",
          "{\"cells\":[{\"outputs\":[1,{}],\"source\":7}]}",
          "{\"cells\":[{\"outputs\":[{\"data\":[]},{\"data\":{\"text/"
          "html\":{}}},{\"output_type\":\"error\",\"traceback\":5}]}]}",
          "{\"cells\":[{\"metadata\":[],\"cell_type\":3,\"execution_count\":\"x\",\"source\":[1,\"a\",[]]}]}"})
        EXPECT_TRUE(notebook_html(notebook, {}, kLimit).value_or("").ends_with("</html>\n")) << notebook;
    const std::string deep = "{\"cells\":[{\"outputs\":[{\"data\":{\"application/json\":" + std::string(100'000, '[') +
                             std::string(100'000, ']') + ",\"text/plain\":\"deep\"}}]}]}";
    EXPECT_TRUE(has(notebook_html(deep, {}, kLimit).value_or(""), ">deep</pre>"));
}

TEST(NotebookHtml, StopsAtTheLimit) {
    const Json cell = code({{{"output_type", "stream"}, {"text", std::string(50'000, '&')}}});
    EXPECT_NE(page({cell, cell}), "too long");
    EXPECT_EQ(page({cell, cell}, 300'000), "too long");
    EXPECT_EQ(page({code({{{"output_type", "stream"}, {"text", std::string(100'000, '&')}}})}, 300'000), "too long");
}

}  // namespace
}  // namespace stoker::api
