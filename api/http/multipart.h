#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace stoker::api {

struct FormPart {
    std::string name;
    std::string file_name;  // "" = a plain field
    std::string_view content;
};

/// Name and file name of a part; the contents are left out. `head` is what stands before its blank line.
FormPart parse_part_head(std::string_view head);
/// "--boundary", as it stands before every part. Throws ApiError MALFORMED_REQUEST.
std::string delimiter_of(std::string_view content_type);
bool is_multipart_form(std::string_view content_type);
/// multipart/form-data (RFC 7578). Contents point into `body`. Throws ApiError MALFORMED_REQUEST.
std::vector<FormPart> parse_multipart(std::string_view content_type, std::string_view body);

}  // namespace stoker::api
