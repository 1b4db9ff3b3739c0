#include "dbfs_mount/server_files.h"

#include <array>
#include <cerrno>
#include <memory>
#include <system_error>

#include <curl/curl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

namespace stoker::dbfs_mount {
namespace {
using Json = nlohmann::json;
using Easy = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;
using List = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

constexpr long kConnectMillis = 4'000;
constexpr long kCallMillis = 15'000;
constexpr long kSilentSeconds = 20;        // of a answer
constexpr long kSilentUploadSeconds = 60;  // its end waits for the server's disk
constexpr std::size_t kMostAnswer = std::size_t{16} << 20;

[[noreturn]] void fail(int error, const std::string& path) {
    throw std::system_error(error, std::generic_category(), path);
}

int error_of(const std::string& code) {
    static const std::array<std::pair<const char*, int>, 8> kErrors{{{"NOT_FOUND", ENOENT},
                                                                     {"ALREADY_EXISTS", EEXIST},
                                                                     {"DIRECTORY_NOT_EMPTY", ENOTEMPTY},
                                                                     {"PERMISSION_DENIED", EACCES},
                                                                     {"UNAUTHENTICATED", EACCES},
                                                                     {"QUOTA_EXCEEDED", ENOSPC},
                                                                     {"INVALID_PARAMETER_VALUE", EINVAL},
                                                                     {"BAD_REQUEST", EINVAL}}};
    for (const auto& [name, error] : kErrors)
        if (code == name) return error;
    return EIO;
}

std::string encoded(const std::string& text, bool keep_slashes) {
    static const char* const kDigits = "0123456789ABCDEF";
    std::string result;
    for (const char c : text) {
        const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
                           c == '.' || c == '_' || c == '~' || (keep_slashes && c == '/');
        if (plain) {
            result += c;
        } else {
            const auto byte = static_cast<unsigned char>(c);
            result += '%';
            result += kDigits[byte >> 4];
            result += kDigits[byte & 15];
        }
    }
    return result;
}

/// What comes: JSON, or the bytes of a file.
struct Answer {
    CURL* handle = nullptr;
    int file = -1;  // -1 = none: the body is kept
    std::string body;
    std::string tag;  // ETag
    int disk_error = 0;
};

/// What goes: a file.
struct Sent {
    int file = -1;
    off_t offset = 0;  // of the next byte
};

std::size_t take_answer(char* data, std::size_t size, std::size_t count, void* pointer) {
    auto& answer = *static_cast<Answer*>(pointer);
    const std::size_t length = size * count;
    long status = 0;
    curl_easy_getinfo(answer.handle, CURLINFO_RESPONSE_CODE, &status);
    if (answer.file < 0 || status != 200) {
        if (answer.body.size() + length > kMostAnswer) return 0;
        answer.body.append(data, length);
        return length;
    }
    for (std::size_t done = 0; done < length;) {
        const ssize_t written = ::write(answer.file, data + done, length - done);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) {
            answer.disk_error = errno;
            return 0;
        }
        done += static_cast<std::size_t>(written);
    }
    return length;
}

std::size_t give_file(char* data, std::size_t size, std::size_t count, void* pointer) {
    auto& sent = *static_cast<Sent*>(pointer);
    const ssize_t got = ::pread(sent.file, data, size * count, sent.offset);
    if (got < 0) return CURL_READFUNC_ABORT;
    sent.offset += got;
    return static_cast<std::size_t>(got);
}

/// A kept connection that has broken meanwhile: everything once more.
int seek_file(void* pointer, curl_off_t offset, int origin) {
    if (origin != SEEK_SET) return CURL_SEEKFUNC_CANTSEEK;
    static_cast<Sent*>(pointer)->offset = offset;
    return CURL_SEEKFUNC_OK;
}

std::size_t take_header(char* data, std::size_t size, std::size_t count, void* pointer) {
    constexpr std::string_view kTag = "etag: \"";
    const std::string_view line(data, size * count);
    const bool is_tag = line.size() > kTag.size() && curl_strnequal(line.data(), kTag.data(), kTag.size());
    const std::size_t end = line.rfind('"');
    if (is_tag && end >= kTag.size()) static_cast<Answer*>(pointer)->tag = line.substr(kTag.size(), end - kTag.size());
    return size * count;
}

/// What is sent and not acknowledged for so long never will be.
int set_patience(void*, curl_socket_t socket, curlsocktype) {
    constexpr unsigned kMillis = 10'000;
    ::setsockopt(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, &kMillis, sizeof kMillis);
    return CURL_SOCKOPT_OK;
}

/// Each thread keeps a connection.
CURL* fresh_handle() {
    static thread_local const Easy handle(curl_easy_init(), &curl_easy_cleanup);
    if (!handle) throw std::bad_alloc();
    curl_easy_reset(handle.get());
    curl_easy_setopt(handle.get(), CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(handle.get(), CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(handle.get(), CURLOPT_CONNECTTIMEOUT_MS, kConnectMillis);
    curl_easy_setopt(handle.get(), CURLOPT_SOCKOPTFUNCTION, &set_patience);
    curl_easy_setopt(handle.get(), CURLOPT_WRITEFUNCTION, &take_answer);
    return handle.get();
}

/// A transfer takes as long as it goes on.
void end_when_silent(CURL* handle, long seconds) {
    curl_easy_setopt(handle, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(handle, CURLOPT_LOW_SPEED_TIME, seconds);
}

void perform(Answer& answer, const ServerDoor& door, const std::string& call, const std::string& path) {
    List headers(curl_slist_append(nullptr, ("Authorization: Bearer " + door.token).c_str()), &curl_slist_free_all);
    if (!headers) throw std::bad_alloc();
    curl_slist_append(headers.get(), "Content-Type: application/json");
    curl_slist_append(headers.get(), "Expect:");
    std::array<char, CURL_ERROR_SIZE> problem{};
    curl_easy_setopt(answer.handle, CURLOPT_URL, (door.url + call).c_str());
    if (!door.authority.empty()) {
        curl_easy_setopt(answer.handle, CURLOPT_CAINFO, door.authority.c_str());
        curl_easy_setopt(answer.handle, CURLOPT_CAPATH, nullptr);
    }
    curl_easy_setopt(answer.handle, CURLOPT_HTTPHEADER, headers.get());
    curl_easy_setopt(answer.handle, CURLOPT_WRITEDATA, &answer);
    curl_easy_setopt(answer.handle, CURLOPT_ERRORBUFFER, problem.data());
    const CURLcode code = curl_easy_perform(answer.handle);
    curl_easy_setopt(answer.handle, CURLOPT_ERRORBUFFER, nullptr);
    if (answer.disk_error != 0) fail(answer.disk_error, path);
    if (code != CURLE_OK) {
        spdlog::warn("the server's files cannot be reached path={} cause=\"{}\"", path,
                     problem[0] ? problem.data() : curl_easy_strerror(code));
        fail(EIO, path);
    }
    long status = 0;
    curl_easy_getinfo(answer.handle, CURLINFO_RESPONSE_CODE, &status);
    if (status == 200) return;
    const Json refusal = Json::parse(answer.body, nullptr, false);
    const std::string error_code = refusal.is_object() ? refusal.value("error_code", "") : "";
    const int error = error_of(error_code);
    if (error == EACCES || error == EIO)
        spdlog::warn("the server refused path={} status={} error_code={} message=\"{}\"", path, status, error_code,
                     refusal.is_object() ? refusal.value("message", "") : "");
    fail(error, path);
}

Json json_of(const Answer& answer, const std::string& path) {
    Json body = Json::parse(answer.body, nullptr, false);
    if (!body.is_object()) fail(EIO, path);
    return body;
}

FileInfo info_of(const Json& status) {
    return {status.at("is_dir"), status.at("file_size"), status.at("modified_ns"), status.at("content_tag")};
}

Json call(const ServerDoor& door, const std::string& method, const std::string& query, const Json& body,
          const std::string& path) {
    Answer answer;
    answer.handle = fresh_handle();
    const std::string sent = body.is_null() ? "" : body.dump(-1, ' ', false, Json::error_handler_t::replace);
    curl_easy_setopt(answer.handle, CURLOPT_TIMEOUT_MS, kCallMillis);
    if (!body.is_null()) {
        curl_easy_setopt(answer.handle, CURLOPT_POSTFIELDSIZE, static_cast<long>(sent.size()));
        curl_easy_setopt(answer.handle, CURLOPT_POSTFIELDS, sent.c_str());
    }
    perform(answer, door, method + query, path);
    return json_of(answer, path);
}

std::string query_of(const std::string& path) {
    return "?path=" + encoded(path, true);
}
}  // namespace

ServerFiles::ServerFiles(const std::string& server_url, std::string token, std::string authority)
    : door_{server_url.substr(0, server_url.find_last_not_of('/') + 1) + "/api/stoker/v1/files/", std::move(token),
            std::move(authority)} {}

FileInfo ServerFiles::status(const std::string& path) const {
    return info_of(call(door_, "status", query_of(path), nullptr, path));
}

std::vector<NamedFile> ServerFiles::list(const std::string& path) const {
    std::vector<NamedFile> found;
    std::string next;
    do {
        const std::string page = next.empty() ? "" : "&page_token=" + encoded(next, false);
        const Json answer = call(door_, "list", query_of(path) + page, nullptr, path);
        for (const Json& entry : answer.at("files")) {
            const std::string entry_path = entry.at("path");
            found.push_back({entry_path.substr(entry_path.rfind('/') + 1), info_of(entry)});
        }
        next = answer.value("next_page_token", "");
    } while (!next.empty());
    return found;
}

std::string ServerFiles::download(const std::string& path, int file) const {
    Answer answer;
    answer.handle = fresh_handle();
    answer.file = file;
    curl_easy_setopt(answer.handle, CURLOPT_HEADERFUNCTION, &take_header);
    curl_easy_setopt(answer.handle, CURLOPT_HEADERDATA, &answer);
    end_when_silent(answer.handle, kSilentSeconds);
    perform(answer, door_, "content" + encoded(path, true), path);
    return answer.tag;
}

FileInfo ServerFiles::upload(const std::string& path, int file, Replace replace) const {
    struct stat status {};
    if (fstat(file, &status) != 0) fail(errno, path);
    Sent sent{.file = file};
    Answer answer;
    answer.handle = fresh_handle();
    curl_easy_setopt(answer.handle, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(answer.handle, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(status.st_size));
    curl_easy_setopt(answer.handle, CURLOPT_READFUNCTION, &give_file);
    curl_easy_setopt(answer.handle, CURLOPT_READDATA, &sent);
    curl_easy_setopt(answer.handle, CURLOPT_SEEKFUNCTION, &seek_file);
    curl_easy_setopt(answer.handle, CURLOPT_SEEKDATA, &sent);
    end_when_silent(answer.handle, kSilentUploadSeconds);
    const char* const query = replace == Replace::kYes ? "?overwrite=true" : "?overwrite=false";
    perform(answer, door_, "content" + encoded(path, true) + query, path);
    return info_of(json_of(answer, path));
}

void ServerFiles::make_directory(const std::string& path) const {
    call(door_, "make-directory", "", {{"path", path}}, path);
}

void ServerFiles::remove_directory(const std::string& path) const {
    call(door_, "remove-directory", "", {{"path", path}}, path);
}

void ServerFiles::remove(const std::string& path) const {
    call(door_, "remove", "", {{"path", path}}, path);
}

void ServerFiles::rename(const std::string& from, const std::string& to, Replace replace) const {
    call(door_, "rename", "",
         {{"source_path", from}, {"destination_path", to}, {"overwrite", replace == Replace::kYes}}, from);
}

void ServerFiles::link(const std::string& from, const std::string& to) const {
    call(door_, "link", "", {{"source_path", from}, {"destination_path", to}}, to);
}

void ServerFiles::set_modified(const std::string& path, std::int64_t modified_ns) const {
    call(door_, "set-modified", "", {{"path", path}, {"modified_ns", modified_ns}}, path);
}

}  // namespace stoker::dbfs_mount
