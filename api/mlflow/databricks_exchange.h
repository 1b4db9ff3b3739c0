#pragma once
#include <optional>
#include <string>

#include "api/http/exchange.h"
#include "api/mlflow/artifact_uri.h"

namespace stoker::api {

/// Whether the request comes from a client of Databricks' SDK, such as mlflow with the tracking URI `databricks`.
bool is_databricks_client(const Request& request);

/// Stands between such a client and MLflow: JSON answers get the form of artifact URIs that the client knows;
/// everything else passes as it is.
class DatabricksExchange final : public Exchange {
  public:
    explicit DatabricksExchange(Exchange& client) : client_(client) {}
    /// Takes the place of the client's body.
    void replace_body(std::string body) { body_ = std::move(body); }

    std::optional<std::uint64_t> content_length() const override;
    boost::asio::awaitable<std::size_t> read_body(char* data, std::size_t size) override;
    boost::asio::awaitable<void> begin(Response head, std::optional<std::uint64_t> length) override;
    boost::asio::awaitable<void> write(std::string_view part) override;
    boost::asio::awaitable<void> end() override;

  private:
    Exchange& client_;
    std::optional<std::string> body_;
    std::size_t body_read_ = 0;
    std::optional<ArtifactUriRewriter> answer_;
};

}  // namespace stoker::api
