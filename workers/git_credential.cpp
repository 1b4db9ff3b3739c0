#include "workers/git_credential.h"

#include <chrono>
#include <condition_variable>
#include <fstream>
#include <iterator>
#include <mutex>

#include "clusters/git_command.h"
#include "clusters/server_client.h"
#include "core/sealed_text.h"

namespace stoker::workers {
namespace fs = std::filesystem;

namespace {
constexpr std::chrono::seconds kAskAgain{2};

/// "" when there is none.
std::string content_of(const fs::path& file) {
    std::ifstream stream(file, std::ios::binary);
    std::string text(std::istreambuf_iterator<char>(stream), {});
    return text.substr(0, text.find_last_not_of('\n') + 1);
}

bool is_in_clear(const std::string& url) {
    const bool is_here =
        url.starts_with("http://127.") || url.starts_with("http://localhost:") || url.starts_with("http://[::1]");
    return url.starts_with("http://") && !is_here;
}

/// Shorter when a stop is asked for.
void wait(std::chrono::seconds time, const std::stop_token& stop) {
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable_any().wait_for(lock, stop, time, [] { return false; });
}

/// By the server, which has the key. One that is just starting again is asked again.
std::string opened_by_server(const clusters::WorkerLaunch& launch, const db::GitCredential& credential,
                             const std::stop_token& stop) {
    if (is_in_clear(launch.server_url))
        throw std::runtime_error("it would travel in clear, since " + launch.server_url +
                                 " has no TLS (stoker up --tls)");
    const clusters::ServerClient server(launch.server_url, content_of(launch.node_token_file),
                                        {.authorities = launch.server_authority});
    for (int tries_left = 3;; --tries_left) {
        try {
            return server
                .ask("POST", "/api/stoker/v1/nodes/git-token",
                     {{"credential_id", credential.credential_id},
                      {"user_name", credential.user_name},
                      {"sealed_token", credential.sealed_token}})
                .at("token");
        } catch (const clusters::ServerAway&) {
            if (tries_left == 1 || stop.stop_requested()) throw;
            wait(kAskAgain, stop);
        }
    }
}

std::string opened(const clusters::WorkerLaunch& launch, const db::GitCredential& credential,
                   const std::stop_token& stop) {
    const std::string key = content_of(launch.sealing_key_file);
    if (key.empty() && !launch.node_token_file.empty()) return opened_by_server(launch, credential, stop);
    if (key.empty())
        throw std::runtime_error(
            "the key to it stays with the servers' machines (or is named by stoker node --sealing-key-file)");
    const auto token = open_sealed_text(key, db::git_token_purpose(credential.credential_id, credential.user_name),
                                        credential.sealed_token);
    if (!token) throw std::runtime_error("this node has another sealing key than the server");
    return *token;
}

}  // namespace

/// Tokens alone say who somebody is to these; whoever has stored no name gets the one that the provider documents.
std::string git_username(const db::GitCredential& credential, const std::string& git_provider) {
    if (credential.git_username && !credential.git_username->empty()) return *credential.git_username;
    if (credential.git_email && !credential.git_email->empty()) return *credential.git_email;
    if (git_provider.starts_with("gitLab")) return "oauth2";
    return git_provider == "bitbucketCloud" ? "x-token-auth" : "x-access-token";
}

std::string opened_git_token(const clusters::WorkerLaunch& launch, const db::GitCredential& credential,
                             const std::stop_token& stop) {
    try {
        return opened(launch, credential, stop);
    } catch (const std::exception& error) {
        throw clusters::GitError("Git credential " + std::to_string(credential.credential_id) +
                                 " cannot be opened on this node: " + error.what());
    }
}

}  // namespace stoker::workers
