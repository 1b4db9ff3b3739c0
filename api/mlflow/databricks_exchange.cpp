#include "api/mlflow/databricks_exchange.h"

#include <algorithm>

namespace stoker::api {

bool is_databricks_client(const Request& request) {
    return request.headers.get("User-Agent").find("databricks-sdk-") != std::string_view::npos ||
           request.headers.has("X-Databricks-Org-Id") || request.headers.has("X-Databricks-Workspace-Id");
}

std::optional<std::uint64_t> DatabricksExchange::content_length() const {
    return body_ ? body_->size() : client_.content_length();
}

boost::asio::awaitable<std::size_t> DatabricksExchange::read_body(char* data, std::size_t size) {
    if (!body_) co_return co_await client_.read_body(data, size);
    const std::size_t count = body_->copy(data, size, body_read_);
    body_read_ += count;
    co_return count;
}

boost::asio::awaitable<void> DatabricksExchange::begin(Response head, std::optional<std::uint64_t> length) {
    const bool is_json = head.content_type.starts_with("application/json");
    if (is_json && !head.headers.has("Content-Encoding") && length != 0) {
        answer_.emplace(UriForm::kDatabricks);
        length = std::nullopt;
    }
    co_await client_.begin(std::move(head), length);
}

boost::asio::awaitable<void> DatabricksExchange::write(std::string_view part) {
    if (!answer_) {
        co_await client_.write(part);
        co_return;
    }
    const std::string rewritten = answer_->feed(part);
    co_await client_.write(rewritten);
}

boost::asio::awaitable<void> DatabricksExchange::end() {
    if (answer_) {
        const std::string rest = answer_->finish();
        co_await client_.write(rest);
    }
    co_await client_.end();
}

}  // namespace stoker::api
