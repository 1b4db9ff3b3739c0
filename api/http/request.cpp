#include "api/http/request.h"

namespace stoker::api {

Response json_response(const nlohmann::json& object, int status) {
    Response response;
    response.status = status;
    response.body = object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    return response;
}

std::string external_url(const Request& request, const std::string& setting) {
    if (!setting.empty()) return setting.back() == '/' ? setting.substr(0, setting.size() - 1) : setting;
    std::string_view host = request.headers.get("Host");
    return host.empty() ? "http://localhost" : "http://" + std::string(host);
}

}  // namespace stoker::api
