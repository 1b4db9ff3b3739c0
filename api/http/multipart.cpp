#include "api/http/multipart.h"

#include "api/http/headers.h"
#include "core/error.h"

namespace stoker::api {
namespace {
ApiError malformed(const std::string& what) {
    return {ErrorCode::kMalformedRequest, "Could not parse multipart/form-data: " + what};
}

/// `; name="x"` of a header's value; "" when absent.
std::string parameter_of(std::string_view value, std::string_view name) {
    std::size_t at = value.find(';');
    while (at != std::string_view::npos) {
        const std::size_t next = value.find(';', at + 1);
        std::string_view part = trimmed(value.substr(at + 1, next == std::string_view::npos ? next : next - at - 1));
        const std::size_t equals = part.find('=');
        if (equals != std::string_view::npos && equal_ignoring_case(trimmed(part.substr(0, equals)), name)) {
            std::string_view text = trimmed(part.substr(equals + 1));
            if (text.size() >= 2 && text.front() == '"' && text.back() == '"') text = text.substr(1, text.size() - 2);
            return std::string(text);
        }
        at = next;
    }
    return "";
}

FormPart parse_part(std::string_view part) {
    const std::size_t head_end = part.find("\r\n\r\n");
    if (head_end == std::string_view::npos) throw malformed("a part has no headers.");
    FormPart result = parse_part_head(part.substr(0, head_end));
    result.content = part.substr(head_end + 4);
    return result;
}
}  // namespace

FormPart parse_part_head(std::string_view head) {
    FormPart result;
    while (!head.empty()) {
        const std::size_t line_end = head.find("\r\n");
        std::string_view line = head.substr(0, line_end);
        head.remove_prefix(line_end == std::string_view::npos ? head.size() : line_end + 2);
        const std::size_t colon = line.find(':');
        if (colon == std::string_view::npos || !equal_ignoring_case(line.substr(0, colon), "Content-Disposition"))
            continue;
        result.name = parameter_of(line.substr(colon + 1), "name");
        result.file_name = parameter_of(line.substr(colon + 1), "filename");
    }
    if (result.name.empty()) throw malformed("a part has no name.");
    return result;
}

std::string delimiter_of(std::string_view content_type) {
    const std::string boundary = parameter_of(content_type, "boundary");
    if (boundary.empty() || boundary.size() > 70) throw malformed("no usable boundary.");
    return "--" + boundary;
}

bool is_multipart_form(std::string_view content_type) {
    return equal_ignoring_case(trimmed(content_type.substr(0, content_type.find(';'))), "multipart/form-data");
}

std::vector<FormPart> parse_multipart(std::string_view content_type, std::string_view body) {
    const std::string first = delimiter_of(content_type);
    const std::string delimiter = "\r\n" + first;
    std::size_t at = body.find(first);
    if (at != 0 && (at == std::string_view::npos || body.substr(at - 2, 2) != "\r\n"))
        throw malformed("the boundary is missing.");
    at += first.size();
    std::vector<FormPart> parts;
    while (body.substr(at, 2) != "--") {
        const std::size_t start = body.find("\r\n", at);
        if (start == std::string_view::npos) throw malformed("the body ends early.");
        // The blank line's own break may be the delimiter's: a part without content.
        const std::size_t end = body.find(delimiter, start);
        if (end == std::string_view::npos) throw malformed("the body ends early.");
        if (parts.size() == 64) throw malformed("more than 64 parts.");
        parts.push_back(parse_part(body.substr(start + 2, end - std::min(end, start + 2))));
        at = end + delimiter.size();
    }
    return parts;
}

}  // namespace stoker::api
