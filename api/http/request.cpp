#include "api/http/request.h"

namespace stoker::api {

void Request::set_target(std::string_view sent) {
    target = sent;
    const std::string::size_type mark = target.find('?');
    path = target.substr(0, mark);
    if (mark != std::string::npos) query = target.substr(mark + 1);
}

Response json_response(const nlohmann::json& object, int status) {
    Response response;
    response.status = status;
    response.body = object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    return response;
}

std::string external_url(const Request& request, const std::string& setting) {
    if (!setting.empty()) return setting.back() == '/' ? setting.substr(0, setting.size() - 1) : setting;
    std::string_view host = request.headers.get("Host");
    return std::string(request.is_secure ? "https://" : "http://") + std::string(host.empty() ? "localhost" : host);
}

}  // namespace stoker::api
