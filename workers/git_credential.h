#pragma once
#include <stop_token>
#include <string>

#include "clusters/worker_launch.h"
#include "db/git_store.h"

namespace stoker::workers {

/// What git shows a provider as the user's name beside the token.
std::string git_username(const db::GitCredential& credential, const std::string& git_provider);

/// The user's token, opened by the key, where it is on this machine, else by the server that has it. Blocks, for a
/// minute at most. Throws clusters::GitError.
std::string opened_git_token(const clusters::WorkerLaunch& launch, const db::GitCredential& credential,
                             const std::stop_token& stop);

}  // namespace stoker::workers
