#include "scheduler/outbound_transfer.h"

#include <array>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <stdexcept>

#include <curl/curl.h>
#include <unistd.h>

namespace stoker::scheduler {
namespace {
constexpr long kConnectMillis = 10'000;
constexpr long kHttpMillis = 20'000;
constexpr long kMailMillis = 40'000;
constexpr std::size_t kMostAnswer = 64 * 1024;
constexpr std::size_t kMostReply = 300;
constexpr auto kLongestRetryAfter = std::chrono::hours(1);

/// What the callbacks of one transfer work on.
struct Transfer {
    const OutboundAddresses* allowed = nullptr;  // nullptr = any address
    std::stop_token stop;
    std::string refused_address;
    std::size_t received = 0;
    std::string_view upload;
    std::string reply;  // last line by which the mail server refused something
};

using Easy = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;
using List = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

Easy new_handle() {
    static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
    Easy handle(started == CURLE_OK ? curl_easy_init() : nullptr, &curl_easy_cleanup);
    if (!handle) throw std::runtime_error("libcurl could not be started");
    return handle;
}

void append(List& list, const std::string& text) {
    curl_slist* longer = curl_slist_append(list.get(), text.c_str());
    if (!longer) throw std::bad_alloc();
    static_cast<void>(list.release());
    list.reset(longer);
}

curl_socket_t open_socket(void* data, curlsocktype, curl_sockaddr* address) {
    auto& transfer = *static_cast<Transfer*>(data);
    if (transfer.allowed && !transfer.allowed->allows(address->addr)) {
        transfer.refused_address = text_of(address->addr);
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

std::size_t drop_answer(char*, std::size_t size, std::size_t count, void* data) {
    auto& transfer = *static_cast<Transfer*>(data);
    transfer.received += size * count;
    return transfer.received > kMostAnswer ? 0 : size * count;
}

std::size_t keep_reply(char* line, std::size_t size, std::size_t count, void* data) {
    std::string_view text(line, size * count);
    while (!text.empty() && static_cast<unsigned char>(text.back()) <= ' ') text.remove_suffix(1);
    if (text.starts_with('4') || text.starts_with('5'))
        static_cast<Transfer*>(data)->reply.assign(text.substr(0, kMostReply));
    return size * count;
}

std::size_t give_upload(char* buffer, std::size_t size, std::size_t count, void* data) {
    auto& transfer = *static_cast<Transfer*>(data);
    const std::size_t given = std::min(size * count, transfer.upload.size());
    std::memcpy(buffer, transfer.upload.data(), given);
    transfer.upload.remove_prefix(given);
    return given;
}

int check_stop(void* data, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    return static_cast<Transfer*>(data)->stop.stop_requested() ? 1 : 0;
}

/// A value that libcurl does not take would leave a limit out.
template <class Value>
void set(const Easy& handle, CURLoption option, Value value) {
    if (const CURLcode code = curl_easy_setopt(handle.get(), option, value); code != CURLE_OK)
        throw std::runtime_error(std::string("libcurl: ") + curl_easy_strerror(code));
}

void set_common(const Easy& handle, Transfer& transfer, const char* protocols, long millis, char* error) {
    set(handle, CURLOPT_NOSIGNAL, 1L);
    set(handle, CURLOPT_PROTOCOLS_STR, protocols);
    set(handle, CURLOPT_FOLLOWLOCATION, 0L);
    set(handle, CURLOPT_PROXY, "");
    set(handle, CURLOPT_CONNECTTIMEOUT_MS, kConnectMillis);
    set(handle, CURLOPT_TIMEOUT_MS, millis);
    set(handle, CURLOPT_ERRORBUFFER, error);
    set(handle, CURLOPT_OPENSOCKETFUNCTION, &open_socket);
    set(handle, CURLOPT_OPENSOCKETDATA, &transfer);
    set(handle, CURLOPT_WRITEFUNCTION, &drop_answer);
    set(handle, CURLOPT_WRITEDATA, &transfer);
    set(handle, CURLOPT_XFERINFOFUNCTION, &check_stop);
    set(handle, CURLOPT_XFERINFODATA, &transfer);
    set(handle, CURLOPT_NOPROGRESS, 0L);
    // As OpenSSL's own programs have it.
    if (const char* authorities = std::getenv("SSL_CERT_FILE")) set(handle, CURLOPT_CAINFO, authorities);
}

std::string words_for(CURLcode code, const char* error) {
    return *error ? error : curl_easy_strerror(code);
}

TransferResult perform(const Easy& handle, Transfer& transfer, const char* error) {
    const CURLcode code = curl_easy_perform(handle.get());
    TransferResult result;
    curl_easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &result.status);
    // More answer than anyone needs is as good as one that was read to its end.
    if (code == CURLE_OK || (code == CURLE_WRITE_ERROR && transfer.received > kMostAnswer)) return result;
    if (transfer.stop.stop_requested())
        result.failure = "Stoker was stopped.";
    else if (!transfer.refused_address.empty()) {
        result.is_refused = true;
        result.failure =
            "The address " + transfer.refused_address + " is not public; an operator may allow it by --allow-outbound.";
    } else {
        result.failure = words_for(code, error);
    }
    return result;
}
}  // namespace

TransferResult post(const HttpPost& message, const OutboundAddresses& allowed, const std::stop_token& stop) {
    const Easy handle = new_handle();
    Transfer transfer;
    transfer.allowed = &allowed;
    transfer.stop = stop;
    std::array<char, CURL_ERROR_SIZE> error{};
    List headers(nullptr, &curl_slist_free_all);
    append(headers, "Content-Type: application/json");
    append(headers, "User-Agent: Stoker");
    for (const std::string& header : message.headers) append(headers, header);
    set_common(handle, transfer, "http,https", kHttpMillis, error.data());
    set(handle, CURLOPT_URL, message.url.c_str());
    set(handle, CURLOPT_POSTFIELDSIZE, static_cast<long>(message.body.size()));
    set(handle, CURLOPT_POSTFIELDS, message.body.c_str());
    set(handle, CURLOPT_HTTPHEADER, headers.get());
    if (!message.username.empty() || !message.password.empty()) {
        set(handle, CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
        set(handle, CURLOPT_USERNAME, message.username.c_str());
        set(handle, CURLOPT_PASSWORD, message.password.c_str());
    }
    TransferResult result = perform(handle, transfer, error.data());
    curl_off_t seconds = 0;
    if (curl_easy_getinfo(handle.get(), CURLINFO_RETRY_AFTER, &seconds) == CURLE_OK && seconds > 0)
        result.retry_after = std::min<std::chrono::seconds>(std::chrono::seconds(seconds), kLongestRetryAfter);
    return result;
}

TransferResult send_mail(const SmtpSettings& server, const std::string& to, const std::string& mail,
                         const std::stop_token& stop) {
    const Easy handle = new_handle();
    Transfer transfer;
    transfer.stop = stop;
    transfer.upload = mail;
    std::array<char, CURL_ERROR_SIZE> error{};
    List recipients(nullptr, &curl_slist_free_all);
    append(recipients, "<" + to + ">");
    const std::string from = "<" + server.from + ">";
    set_common(handle, transfer, "smtp,smtps", kMailMillis, error.data());
    set(handle, CURLOPT_URL, server.url.c_str());
    const long security = server.start_tls == StartTls::kAlways      ? CURLUSESSL_ALL
                          : server.start_tls == StartTls::kIfOffered ? CURLUSESSL_TRY
                                                                     : CURLUSESSL_NONE;
    set(handle, CURLOPT_USE_SSL, security);
    if (!server.user.empty()) {
        set(handle, CURLOPT_USERNAME, server.user.c_str());
        set(handle, CURLOPT_PASSWORD, server.password.c_str());
    }
    set(handle, CURLOPT_MAIL_FROM, from.c_str());
    set(handle, CURLOPT_MAIL_RCPT, recipients.get());
    set(handle, CURLOPT_UPLOAD, 1L);
    set(handle, CURLOPT_READFUNCTION, &give_upload);
    set(handle, CURLOPT_READDATA, &transfer);
    set(handle, CURLOPT_HEADERFUNCTION, &keep_reply);
    set(handle, CURLOPT_HEADERDATA, &transfer);
    TransferResult result = perform(handle, transfer, error.data());
    if (result.failure.empty()) return result;
    // 5.x.x of the recipient or the mail. A refused login may be put right, and the mail is still wanted then.
    result.is_refused = result.status >= 550 && result.status <= 559;
    if (!transfer.reply.empty()) result.failure += " (" + transfer.reply + ")";
    return result;
}

}  // namespace stoker::scheduler
