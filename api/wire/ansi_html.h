#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace stoker::api {

/// Text with what HTML would read as markup written out; also fit for an attribute in double quotes.
std::string escaped_html(std::string_view text);

/// What a terminal would show of the text, as HTML: colours are spans, of a line that was written over (a progress bar)
/// the last state stands, and other control sequences are left out. Each span takes one of `spans_left`; when none is
/// left, text goes on without colours.
std::string ansi_to_html(std::string_view text, std::size_t& spans_left);

}  // namespace stoker::api
