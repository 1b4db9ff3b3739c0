#include "api/mlflow/artifact_store.h"

#include <algorithm>

#include "api/http/exchange.h"
#include "api/http/url.h"
#include "api/mlflow/upstream.h"
#include "api/wire/workspace_path.h"
#include "core/error.h"
#include "core/json_reader.h"

namespace stoker::api {
namespace {
constexpr std::size_t kMaxAnswer = 32 * 1024 * 1024;

/// A request of ours: it has no body, and its answer is kept.
class OwnExchange final : public Exchange {
  public:
    std::optional<std::uint64_t> content_length() const override { return 0; }
    boost::asio::awaitable<std::size_t> read_body(char*, std::size_t) override { co_return 0; }
    boost::asio::awaitable<void> begin(Response head, std::optional<std::uint64_t>) override {
        answer = std::move(head);
        answer.body.clear();
        co_return;
    }
    boost::asio::awaitable<void> write(std::string_view part) override {
        if (answer.body.size() + part.size() > kMaxAnswer)
            throw ApiError(ErrorCode::kMaxListSizeExceeded, "The folder has too many artifacts to be listed.");
        answer.body += part;
        co_return;
    }
    boost::asio::awaitable<void> end() override { co_return; }

    Response answer;
};

ErrorCode code_of(int status) {
    switch (status) {
        case 404:
            return ErrorCode::kNotFound;
        case 412:
            return ErrorCode::kPreconditionFailed;
        case 416:
            return ErrorCode::kRangeNotSatisfiable;
        case 503:
            return ErrorCode::kTemporarilyUnavailable;
        default:
            return status < 500 ? ErrorCode::kInvalidParameterValue : ErrorCode::kInternalError;
    }
}

boost::asio::awaitable<nlohmann::json> ask(Services& services, Principal by, std::string method, std::string target) {
    Request request;
    request.method = std::move(method);
    request.path = target.substr(0, target.find('?'));
    request.principal = std::move(by);
    OwnExchange exchange;
    co_await services.mlflow.forward(request, exchange, std::move(target));
    if (exchange.answer.status != 200) throw artifact_refusal(exchange.answer);
    nlohmann::json body = nlohmann::json::parse(exchange.answer.body, nullptr, false);
    if (!body.is_object())
        throw ApiError(ErrorCode::kInternalError, "The MLflow server's answer about its artifacts is no JSON object.");
    co_return body;
}
}  // namespace

ApiError artifact_refusal(const Response& answer) {
    constexpr std::size_t kLongest = 2000;
    const nlohmann::json body = nlohmann::json::parse(answer.body, nullptr, false);
    std::string message = answer.body;
    for (const char* field : {"message", "detail"})
        if (body.is_object() && body.contains(field) && body[field].is_string()) message = body[field];
    return {code_of(answer.status), message.substr(0, kLongest)};
}

std::string artifact_target(std::string_view path) {
    return "/api/2.0/mlflow-artifacts/artifacts/" + percent_encode_path(path);
}

boost::asio::awaitable<std::vector<Artifact>> list_artifacts(Services& services, Principal by, std::string folder) {
    std::string target = "/api/2.0/mlflow-artifacts/artifacts?path=" + percent_encode_path(folder);
    const nlohmann::json answer = co_await ask(services, std::move(by), "GET", std::move(target));
    std::vector<Artifact> found;
    for (const JsonReader& file : JsonReader(answer).objects("files"))
        found.push_back({file.string("path"), file.boolean_or("is_dir", false), file.integer_or("file_size", 0)});
    std::ranges::sort(found, {}, &Artifact::name);
    co_return found;
}

boost::asio::awaitable<std::optional<Artifact>> find_artifact(Services& services, Principal by, std::string path) {
    const std::string name = name_of(path);
    std::string folder = path.substr(0, path.size() - name.size() - 1);
    std::vector<Artifact> beside = co_await list_artifacts(services, std::move(by), std::move(folder));
    for (Artifact& artifact : beside)
        if (artifact.name == name) co_return std::move(artifact);
    co_return std::nullopt;
}

boost::asio::awaitable<void> delete_artifact(Services& services, Principal by, std::string path) {
    co_await ask(services, std::move(by), "DELETE", artifact_target(path));
}

}  // namespace stoker::api
