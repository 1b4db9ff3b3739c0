#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/json_reader.h"

namespace stoker::clusters {

/// Where the code of a job's tasks is: `git_source` of a job or a submitted run. Exactly one of branch, tag and commit
/// is set.
struct GitSource {
    std::string git_url;       // http or https, without a user name or password in it
    std::string git_provider;  // as the reference spells it
    std::string git_branch;
    std::string git_tag;
    std::string git_commit;             // 40 hexadecimal digits, or the first of them
    std::vector<std::string> patterns;  // of sparse_checkout: folders; none = the whole commit
};

/// Throws ApiError that names the field.
GitSource parse_git_source(const JsonReader& git_source);

/// "gitHub" of "GITHUB"; nullopt for none of the reference's providers.
std::optional<std::string_view> git_provider_of(std::string_view sent);
/// All of them, for a message.
std::string git_provider_names();

bool is_whole_commit(std::string_view git_commit);

/// The folder that notebooks see a checkout in, where paths of the workspace are asked for: of
/// https://host/owner/repo.git it is /Repos/.internal/host/owner/repo, the same for every commit.
std::string workspace_folder_of(const GitSource& source);

}  // namespace stoker::clusters
