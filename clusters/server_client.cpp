#include "clusters/server_client.h"

#include <array>
#include <memory>
#include <stdexcept>

#include <curl/curl.h>

namespace stoker::clusters {
namespace {
constexpr long kConnectMillis = 10'000;
constexpr long kLongestMillis = 20'000;

using Easy = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;
using List = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

std::size_t keep(char* data, std::size_t size, std::size_t count, void* text) {
    static_cast<std::string*>(text)->append(data, size * count);
    return size * count;
}

List headers_of(const std::string& token) {
    List headers(curl_slist_append(nullptr, "Content-Type: application/json"), &curl_slist_free_all);
    if (headers && !token.empty()) curl_slist_append(headers.get(), ("Authorization: Bearer " + token).c_str());
    if (!headers) throw std::bad_alloc();
    return headers;
}
}  // namespace

ServerClient::ServerClient(std::string url, std::string token, ServerTrust trust)
    : url_(std::move(url)), token_(std::move(token)), trust_(std::move(trust)) {
    while (url_.ends_with('/')) url_.pop_back();
}

nlohmann::json ServerClient::ask(const std::string& method, const std::string& path, const nlohmann::json& body) const {
    const Easy handle(curl_easy_init(), &curl_easy_cleanup);
    if (!handle) throw std::runtime_error("libcurl could not be started");
    const List headers = headers_of(token_);
    const std::string url = url_ + path, sent = body.dump();
    std::string answer;
    std::array<char, CURL_ERROR_SIZE> problem{};
    curl_easy_setopt(handle.get(), CURLOPT_URL, url.c_str());
    curl_easy_setopt(handle.get(), CURLOPT_PROTOCOLS_STR, "http,https");
    if (!trust_.authorities.empty()) {
        curl_easy_setopt(handle.get(), CURLOPT_CAINFO, trust_.authorities.c_str());
        curl_easy_setopt(handle.get(), CURLOPT_CAPATH, nullptr);
    }
    curl_easy_setopt(handle.get(), CURLOPT_SSL_VERIFYPEER, trust_.of_anyone ? 0L : 1L);
    curl_easy_setopt(handle.get(), CURLOPT_SSL_VERIFYHOST, trust_.of_anyone ? 0L : 2L);
    curl_easy_setopt(handle.get(), CURLOPT_CUSTOMREQUEST, method.c_str());
    if (method != "GET") curl_easy_setopt(handle.get(), CURLOPT_POSTFIELDS, sent.c_str());
    curl_easy_setopt(handle.get(), CURLOPT_HTTPHEADER, headers.get());
    curl_easy_setopt(handle.get(), CURLOPT_CONNECTTIMEOUT_MS, kConnectMillis);
    curl_easy_setopt(handle.get(), CURLOPT_TIMEOUT_MS, kLongestMillis);
    curl_easy_setopt(handle.get(), CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(handle.get(), CURLOPT_ERRORBUFFER, problem.data());
    curl_easy_setopt(handle.get(), CURLOPT_WRITEFUNCTION, keep);
    curl_easy_setopt(handle.get(), CURLOPT_WRITEDATA, &answer);
    const CURLcode code = curl_easy_perform(handle.get());
    if (code != CURLE_OK)
        throw ServerAway("the server at " + url_ +
                         " cannot be reached: " + (problem[0] ? problem.data() : curl_easy_strerror(code)));
    long status = 0;
    curl_easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &status);
    const auto json = nlohmann::json::parse(answer, nullptr, false);
    if (!json.is_object())
        throw std::runtime_error(url + " answered " + std::to_string(status) + " without JSON: is it a Stoker server?");
    if (status == 503) throw ServerAway(url_ + " is not ready: " + json.value("message", ""));
    if (status != 200)
        throw std::runtime_error(url_ + " refused: " + json.value("message", "status " + std::to_string(status)));
    return json;
}

}  // namespace stoker::clusters
