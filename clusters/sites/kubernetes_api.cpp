#include "clusters/sites/kubernetes_api.h"

#include <array>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include <curl/curl.h>

namespace stoker::clusters {
namespace {

constexpr long kConnectMillis = 5'000;
constexpr long kLongestMillis = 20'000;
constexpr std::size_t kMostAnswer = std::size_t{64} << 20;

using Easy = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;
using List = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

std::size_t keep(char* data, std::size_t size, std::size_t count, void* text) {
    auto& kept = *static_cast<std::string*>(text);
    if (kept.size() + size * count > kMostAnswer) return 0;
    kept.append(data, size * count);
    return size * count;
}

int check_stop(void* stop, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    return static_cast<const std::stop_token*>(stop)->stop_requested() ? 1 : 0;
}

template <class Value>
void set(const Easy& handle, CURLoption option, Value value) {
    if (const CURLcode code = curl_easy_setopt(handle.get(), option, value); code != CURLE_OK)
        throw std::runtime_error(std::string("libcurl: ") + curl_easy_strerror(code));
}

/// Held by the caller for as long as the handle lives.
void set_pem(const Easy& handle, CURLoption option, const std::string& pem) {
    if (pem.empty()) return;
    curl_blob blob{const_cast<char*>(pem.data()), pem.size(), CURL_BLOB_NOCOPY};
    set(handle, option, &blob);
}

std::string token_of(const KubernetesAccess& access) {
    if (access.token_file.empty()) return access.token;
    std::ifstream stream(access.token_file);
    std::string token;
    std::getline(stream, token);
    return token;
}

List headers_of(const KubernetesAccess& access) {
    List headers(curl_slist_append(nullptr, "Content-Type: application/json"), &curl_slist_free_all);
    if (!headers) throw std::bad_alloc();
    curl_slist_append(headers.get(), "Accept: application/json");
    curl_slist_append(headers.get(), "User-Agent: Stoker");
    if (const std::string token = token_of(access); !token.empty())
        curl_slist_append(headers.get(), ("Authorization: Bearer " + token).c_str());
    return headers;
}

}  // namespace

struct KubernetesApi::Connection {
    Easy handle{curl_easy_init(), &curl_easy_cleanup};
};

KubernetesApi::KubernetesApi(KubernetesAccess access)
    : access_(std::move(access)), connection_(std::make_unique<Connection>()) {
    const Easy& handle = connection_->handle;
    if (!handle) throw std::runtime_error("libcurl could not be started");
    set(handle, CURLOPT_NOSIGNAL, 1L);
    set(handle, CURLOPT_PROTOCOLS_STR, "https");
    set(handle, CURLOPT_FOLLOWLOCATION, 0L);
    set(handle, CURLOPT_CONNECTTIMEOUT_MS, kConnectMillis);
    set(handle, CURLOPT_TIMEOUT_MS, kLongestMillis);
    set(handle, CURLOPT_WRITEFUNCTION, &keep);
    set(handle, CURLOPT_XFERINFOFUNCTION, &check_stop);
    set(handle, CURLOPT_NOPROGRESS, 0L);
    set_pem(handle, CURLOPT_CAINFO_BLOB, access_.authorities);
    set_pem(handle, CURLOPT_SSLCERT_BLOB, access_.client_certificate);
    set_pem(handle, CURLOPT_SSLKEY_BLOB, access_.client_key);
}

KubernetesApi::~KubernetesApi() = default;

KubernetesAnswer KubernetesApi::ask(const std::string& method, const std::string& path, const nlohmann::json& body,
                                    const std::stop_token& stop) {
    const Easy& handle = connection_->handle;
    const List headers = headers_of(access_);
    const std::string url = access_.server + path, sent = body.is_null() ? "" : body.dump();
    std::string received;
    std::array<char, CURL_ERROR_SIZE> problem{};
    set(handle, CURLOPT_URL, url.c_str());
    set(handle, CURLOPT_HTTPHEADER, headers.get());
    set(handle, CURLOPT_WRITEDATA, &received);
    set(handle, CURLOPT_XFERINFODATA, &stop);
    set(handle, CURLOPT_ERRORBUFFER, problem.data());
    if (sent.empty()) {
        set(handle, CURLOPT_HTTPGET, 1L);
    } else {
        set(handle, CURLOPT_POSTFIELDSIZE, static_cast<long>(sent.size()));
        set(handle, CURLOPT_POSTFIELDS, sent.c_str());
    }
    set(handle, CURLOPT_CUSTOMREQUEST, method.c_str());
    const CURLcode code = curl_easy_perform(handle.get());
    set(handle, CURLOPT_ERRORBUFFER, nullptr);
    KubernetesAnswer answer;
    if (code != CURLE_OK) {
        answer.failure = problem[0] ? problem.data() : curl_easy_strerror(code);
        return answer;
    }
    curl_easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &answer.status);
    answer.body = nlohmann::json::parse(received, nullptr, false);
    if (!answer.body.is_object()) answer.body = nlohmann::json::object();
    if (answer.status < 200 || answer.status > 299) {
        const auto message = answer.body.find("message");
        answer.failure = message != answer.body.end() && message->is_string() && !message->get<std::string>().empty()
                             ? message->get<std::string>()
                             : url + " answered with status " + std::to_string(answer.status) + ".";
    }
    return answer;
}

}  // namespace stoker::clusters
