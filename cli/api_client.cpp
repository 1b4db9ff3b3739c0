#include "cli/api_client.h"

#include <array>
#include <cstdlib>
#include <memory>

#include <CLI/CLI.hpp>
#include <curl/curl.h>

#include "cli/data_folder.h"
#include "cli/start_error.h"

namespace stoker::cli {
namespace {
constexpr long kConnectMillis = 10'000;
constexpr long kLongestMillis = 60'000;
constexpr const char* kTokenVariable = "STOKER_TOKEN";

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

ApiClient::ApiClient(std::string url, std::string token) : url_(std::move(url)), token_(std::move(token)) {
    while (url_.ends_with('/')) url_.pop_back();
}

nlohmann::json ApiClient::ask(const std::string& method, const std::string& path, const nlohmann::json& body) const {
    const Easy handle(curl_easy_init(), &curl_easy_cleanup);
    if (!handle) throw StartError("libcurl could not be started");
    const List headers = headers_of(token_);
    const std::string url = url_ + path, sent = body.dump();
    std::string answer;
    std::array<char, CURL_ERROR_SIZE> problem{};
    curl_easy_setopt(handle.get(), CURLOPT_URL, url.c_str());
    curl_easy_setopt(handle.get(), CURLOPT_PROTOCOLS_STR, "http,https");
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
        throw StartError("the server at " + url_ +
                         " cannot be reached: " + (problem[0] ? problem.data() : curl_easy_strerror(code)));
    long status = 0;
    curl_easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &status);
    const auto json = nlohmann::json::parse(answer, nullptr, false);
    if (!json.is_object())
        throw StartError(url + " answered " + std::to_string(status) + " without JSON: is it a Stoker server?");
    if (status != 200)
        throw StartError(url_ + " refused: " + json.value("message", "status " + std::to_string(status)));
    return json;
}

void ApiOption::add_to(CLI::App& command) {
    data_folder = default_data_folder();
    command.add_option("--server", url,
                       "URL of the API, with an admin's token in $STOKER_TOKEN; else the data folder tells");
    command.add_option("--data-dir", data_folder, "data folder of a running `stoker up`")->capture_default_str();
}

ApiClient ApiOption::client() const {
    if (!url.empty()) {
        const char* token = std::getenv(kTokenVariable);
        if (!token || !*token) throw StartError("--server needs an admin's token in $STOKER_TOKEN");
        return {url, token};
    }
    const auto file = data_folder / "connection.json";
    const auto connection = nlohmann::json::parse(read_file_or_empty(file), nullptr, false);
    if (!connection.is_object())
        throw StartError("found no server: " + file.string() +
                         " is not there or may not be read. Start `stoker up`, or give --data-dir or --server.");
    return {connection.value("host", ""), connection.value("token", "")};
}

}  // namespace stoker::cli
