#include "api/mlflow/artifact_uri.h"

#include <array>

namespace stoker::api {
namespace {
constexpr std::string_view kStore = "mlflow-artifacts:/";
constexpr std::string_view kTracking = "databricks/mlflow-tracking/";
constexpr std::string_view kModels = "models/";
constexpr std::string_view kLoggedModels = "logged_models/";
constexpr std::size_t kLongest = 8 * 1024;
constexpr std::array<std::string_view, 3> kFields{"\"artifact_uri\"", "\"artifact_location\"", "\"source\""};

/// Replaces what the second segment begins with.
std::string renamed(std::string_view path, std::string_view from, std::string_view to) {
    std::string result(path);
    const std::size_t slash = path.find('/');
    if (slash != std::string_view::npos && path.substr(slash + 1).starts_with(from))
        result.replace(slash + 1, from.size(), to);
    return result;
}

bool names_uri(std::string_view quoted) {
    for (std::string_view field : kFields)
        if (quoted == field) return true;
    return false;
}
}  // namespace

std::optional<std::string> databricks_uri(std::string_view uri) {
    if (!uri.starts_with(kStore) || uri.substr(kStore.size()).starts_with('/')) return std::nullopt;
    return "dbfs:/" + std::string(kTracking) + renamed(uri.substr(kStore.size()), kModels, kLoggedModels);
}

std::optional<std::string> mlflow_uri(std::string_view uri) {
    constexpr std::string_view kScheme = "dbfs:/";
    constexpr std::string_view kHost = "databricks/";
    if (!uri.starts_with(kScheme)) return std::nullopt;
    uri.remove_prefix(kScheme.size());
    if (uri.starts_with('/')) {
        const std::size_t host = uri.find(kHost);
        if (host == std::string_view::npos) return std::nullopt;
        const std::string_view profile = uri.substr(1, host - 1);
        if (!profile.empty() && (profile.back() != '@' || profile.find('/') != std::string_view::npos))
            return std::nullopt;
        uri.remove_prefix(host + kHost.size());
    }
    if (!uri.starts_with(kTracking)) return std::nullopt;
    return std::string(kStore) + renamed(uri.substr(kTracking.size()), kLoggedModels, kModels);
}

std::string ArtifactUriRewriter::feed(std::string_view part) {
    std::string out;
    out.reserve(part.size() + 256);
    for (char c : part) {
        if (in_string_) {
            (too_long_ ? out : held_) += c;
            if (c == '"' && !escaped_) end_string(out);
            escaped_ = c == '\\' && !escaped_;
            if (held_.size() > kLongest) {
                out += held_;
                held_.clear();
                too_long_ = true;
            }
        } else if (c == '"') {
            in_string_ = true;
            held_ = c;
        } else {
            out += c;
            if (c == ' ' || c == '\t' || c == '\r' || c == '\n') continue;
            expects_uri_ = c == ':' && names_uri_;
            names_uri_ = false;
        }
    }
    return out;
}

void ArtifactUriRewriter::end_string(std::string& out) {
    in_string_ = false;
    if (!too_long_) {
        std::string_view text(held_);
        text = text.substr(1, text.size() - 2);
        std::optional<std::string> uri;
        if (expects_uri_) uri = to_ == UriForm::kDatabricks ? databricks_uri(text) : mlflow_uri(text);
        names_uri_ = !expects_uri_ && names_uri(held_);
        out += uri ? "\"" + *uri + "\"" : held_;
    } else {
        names_uri_ = false;
    }
    expects_uri_ = false;
    too_long_ = false;
    held_.clear();
}

}  // namespace stoker::api
