#include "api/http/middleware/ignored_fields.h"

#include <spdlog/spdlog.h>

namespace stoker::api {
namespace {
constexpr std::size_t kMaxClients = 1024;
constexpr std::size_t kMaxHeader = 1000;

/// Field names are the client's text: in a header and in the log only printable ASCII of them is shown.
std::string printable(const std::vector<std::string>& names) {
    std::string text;
    for (const auto& name : names) {
        if (!text.empty()) text += ", ";
        for (char c : name) text += c > ' ' && c < 0x7f && c != ',' ? c : '?';
        if (text.size() > kMaxHeader) return text.substr(0, kMaxHeader) + "...";
    }
    return text;
}
}  // namespace

void IgnoredFields::tell(const Request& request, Response& response) {
    if (request.ignored_fields.empty()) return;
    const std::string names = printable(request.ignored_fields);
    response.headers.add("X-Stoker-Ignored-Fields", names);
    const std::string client = request.principal.user_name + "@" + request.peer;
    if (may_log(client))
        spdlog::warn("ignored fields request_id={} client={} path={} fields=\"{}\"", request.request_id, client,
                     request.path, names);
}

bool IgnoredFields::may_log(const std::string& client) {
    const auto now = clock_.monotonic();
    if (last_logged_.size() >= kMaxClients) last_logged_.clear();
    auto [entry, is_new] = last_logged_.try_emplace(client, now);
    if (!is_new && now - entry->second < std::chrono::minutes(1)) return false;
    entry->second = now;
    return true;
}

}  // namespace stoker::api
