#include "api/http/response_head.h"

#include <boost/beast/http/status.hpp>

namespace stoker::api {
namespace {
void append(std::string& head, std::string_view name, std::string_view value) {
    head += name;
    head += ": ";
    for (char c : value)
        if (c != '\r' && c != '\n' && c != '\0') head += c;
    head += "\r\n";
}
}  // namespace

std::string render_head(const Response& response, const ResponseFraming& framing) {
    const auto status = static_cast<unsigned>(response.status);
    const auto reason = boost::beast::http::obsolete_reason(boost::beast::http::int_to_status(status));
    std::string head = "HTTP/1.1 " + std::to_string(status) + " " + std::string(reason.data(), reason.size()) + "\r\n";
    append(head, "Server", "stoker");
    if (!response.content_type.empty()) append(head, "Content-Type", response.content_type);
    for (const auto& [name, value] : response.headers) append(head, name, value);
    if (framing.body == BodyFraming::kLength) append(head, "Content-Length", std::to_string(framing.length));
    if (framing.body == BodyFraming::kChunked) append(head, "Transfer-Encoding", "chunked");
    append(head, "Connection", framing.keep_alive ? "keep-alive" : "close");
    head += "\r\n";
    return head;
}

}  // namespace stoker::api
