#include "clusters/git_source.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>

namespace stoker::clusters {
namespace {

constexpr std::array<std::string_view, 8> kProviders{
    "gitHub",           "gitLab",          "bitbucketCloud",          "azureDevOpsServices",
    "gitHubEnterprise", "bitbucketServer", "gitLabEnterpriseEdition", "awsCodeCommit"};
constexpr std::size_t kMaxUrl = 2000;
constexpr std::size_t kMaxRef = 1000;
constexpr std::size_t kMaxPatterns = 100;
constexpr std::size_t kCommitDigits = 40;
constexpr std::size_t kFewestCommitDigits = 4;

bool equal_but_for_case(std::string_view a, std::string_view b) {
    return std::ranges::equal(a, b,
                              [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

bool has_control_or_space(std::string_view text) {
    return std::ranges::any_of(text, [](unsigned char c) { return c <= ' ' || c == 0x7f; });
}

std::size_t length_of_scheme(std::string_view url) {
    for (std::string_view scheme : {"https://", "http://"})
        if (equal_but_for_case(url.substr(0, scheme.size()), scheme)) return scheme.size();
    return 0;
}

std::string read_url(const JsonReader& source) {
    std::string url = source.string("git_url");
    if (url.size() > kMaxUrl) source.refuse("git_url", "is longer than " + std::to_string(kMaxUrl) + " bytes.");
    const std::size_t scheme = length_of_scheme(url);
    if (scheme == 0)
        source.refuse("git_url",
                      "expected an https:// or http:// address; other ways to a repository, ssh among them, "
                      "are not supported.");
    if (has_control_or_space(url) || url.find_first_of("?#\\\"") != std::string::npos)
        source.refuse("git_url", "expected the address of a repository, without spaces, '?' and '#'.");
    const std::size_t path = std::min(url.find('/', scheme), url.size());
    const std::size_t at = url.substr(0, path).rfind('@');
    if (at != std::string::npos) {
        // Some providers show addresses with the name of the organisation before the host.
        if (url.substr(scheme, at - scheme).find(':') != std::string::npos)
            source.refuse("git_url", "must hold no password; store it as a Git credential (/api/2.0/git-credentials).");
        url.erase(scheme, at + 1 - scheme);
    }
    const std::size_t host_end = url.find_first_of(":/", scheme);
    if (host_end == std::string::npos || host_end == scheme || url.find('/', scheme) + 1 >= url.size())
        source.refuse("git_url", "expected a host and the path of a repository on it.");
    return url;
}

std::string read_provider(const JsonReader& source) {
    const std::string sent = source.string("git_provider");
    if (const auto provider = git_provider_of(sent)) return std::string(*provider);
    source.refuse("git_provider", "expected one of " + git_provider_names() + "; got '" + sent.substr(0, 100) + "'.");
}

/// What git itself calls a well-formed name (git check-ref-format).
bool is_ref_name(std::string_view name) {
    if (name.empty() || name.size() > kMaxRef || has_control_or_space(name)) return false;
    if (name.find_first_of("~^:?*[\\") != std::string_view::npos) return false;
    for (std::string_view part : {"..", "//", "@{", "/.", ".lock/"})
        if (name.find(part) != std::string_view::npos) return false;
    return !name.starts_with('/') && !name.starts_with('.') && !name.starts_with('-') && !name.ends_with('/') &&
           !name.ends_with('.') && !name.ends_with(".lock");
}

std::string read_ref(const JsonReader& source, std::string_view field) {
    std::string name = source.optional_string(field).value_or("");
    if (!name.empty() && !is_ref_name(name))
        source.refuse(field, "'" + name.substr(0, 100) + "' is no name that git allows.");
    return name;
}

std::string read_commit(const JsonReader& source) {
    std::string commit = source.optional_string("git_commit").value_or("");
    std::ranges::transform(commit, commit.begin(), [](unsigned char c) { return std::tolower(c); });
    const bool is_hexadecimal = commit.find_first_not_of("0123456789abcdef") == std::string::npos;
    if (!commit.empty() && (!is_hexadecimal || commit.size() < kFewestCommitDigits || commit.size() > kCommitDigits))
        source.refuse("git_commit",
                      "expected the id of a commit, up to 40 hexadecimal digits; got '" + commit.substr(0, 100) + "'.");
    return commit;
}

std::string read_pattern(const JsonReader& sparse, std::string pattern) {
    const std::string sent = pattern;
    for (std::string_view end : {"/**", "/*", "/"})
        if (pattern.ends_with(end)) pattern.erase(pattern.size() - end.size());
    pattern.erase(0, std::min(pattern.find_first_not_of('/'), pattern.size()));
    const std::string folders = "/" + pattern + "/";
    const bool is_folder = !pattern.empty() && pattern.size() <= kMaxRef && !pattern.starts_with('-') &&
                           !pattern.starts_with('!') && pattern.find_first_of("*?[\\\n\r\"") == std::string::npos &&
                           pattern.find('\0') == std::string::npos;
    bool climbs = false;
    for (std::string_view part : {"/../", "/./", "//"}) climbs = climbs || folders.find(part) != std::string::npos;
    if (!is_folder || climbs)
        sparse.refuse("patterns",
                      "expected folders of the repository, as in 'src/etl'; got '" + sent.substr(0, 100) + "'.");
    return pattern;
}

std::vector<std::string> read_patterns(const JsonReader& source) {
    std::vector<std::string> patterns;
    const auto sparse = source.optional_object("sparse_checkout");
    if (!sparse) return patterns;
    for (const std::string& sent : sparse->strings("patterns")) patterns.push_back(read_pattern(*sparse, sent));
    if (patterns.size() > kMaxPatterns)
        sparse->refuse("patterns", "more than " + std::to_string(kMaxPatterns) + " patterns.");
    std::ranges::sort(patterns);
    patterns.erase(std::unique(patterns.begin(), patterns.end()), patterns.end());
    return patterns;
}

}  // namespace

GitSource parse_git_source(const JsonReader& git_source) {
    GitSource source;
    source.git_url = read_url(git_source);
    source.git_provider = read_provider(git_source);
    source.git_branch = read_ref(git_source, "git_branch");
    source.git_tag = read_ref(git_source, "git_tag");
    source.git_commit = read_commit(git_source);
    const int named = !source.git_branch.empty() + !source.git_tag.empty() + !source.git_commit.empty();
    if (named == 0) git_source.refuse("git_branch", "one of git_branch, git_tag and git_commit is required.");
    if (named > 1) git_source.refuse("git_branch", "only one of git_branch, git_tag and git_commit may be sent.");
    source.patterns = read_patterns(git_source);
    // Of the reference's own pages; git_snapshot is part of its answers.
    static_cast<void>(git_source.optional_object("job_source"));
    static_cast<void>(git_source.optional_object("git_snapshot"));
    return source;
}

std::optional<std::string_view> git_provider_of(std::string_view sent) {
    for (std::string_view provider : kProviders)
        if (equal_but_for_case(provider, sent)) return provider;
    return std::nullopt;
}

std::string git_provider_names() {
    std::string names;
    for (std::string_view provider : kProviders) names += (names.empty() ? "" : ", ") + std::string(provider);
    return names;
}

bool is_whole_commit(std::string_view git_commit) {
    return git_commit.size() == kCommitDigits;
}

std::string workspace_folder_of(const GitSource& source) {
    std::string place = source.git_url.substr(length_of_scheme(source.git_url));
    while (place.ends_with('/')) place.pop_back();
    if (place.ends_with(".git")) place.erase(place.size() - 4);
    return "/Repos/.internal" + std::filesystem::path("/" + place).lexically_normal().string();
}

}  // namespace stoker::clusters
