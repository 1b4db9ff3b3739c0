#include "api/files/endpoints.h"
#include "api/mlflow/artifact_store.h"
#include "api/mlflow/upstream.h"

// Files of MLflow's artifact store: bytes stream through, status and errors become those of the Files API.
namespace stoker::api::files {
namespace {
class ArtifactExchange final : public Exchange {
  public:
    enum class Body { kPassed, kDropped };
    ArtifactExchange(Exchange& client, Body body) : client_(client), body_(body) {}

    std::optional<std::uint64_t> content_length() const override { return client_.content_length(); }
    Streamed begin(Response head, std::optional<std::uint64_t> length) override {
        head_ = std::move(head);
        head_.body.clear();
        passes_ = head_.status < 400 && body_ == Body::kPassed;
        if (passes_) co_await client_.begin(head_, length);
    }
    boost::asio::awaitable<std::size_t> read_body(char* data, std::size_t size) override {
        return client_.read_body(data, size);
    }
    Streamed write(std::string_view part) override {
        constexpr std::size_t kLongestMessage = 64 * 1024;
        if (passes_)
            co_await client_.write(part);
        else if (head_.body.size() < kLongestMessage)
            head_.body += part;
    }
    Streamed end() override {
        if (passes_) co_await client_.end();
    }
    /// Throws what MLflow said against it. Nothing has been sent to the client then.
    void check() const {
        if (head_.status >= 400) throw artifact_refusal(head_);
    }

  private:
    Exchange& client_;
    const Body body_;
    bool passes_ = false;
    Response head_;
};
}  // namespace

Streamed upload_artifact(Services& services, Request& request, Exchange& exchange, Place place) {
    ArtifactExchange upstream(exchange, ArtifactExchange::Body::kDropped);
    co_await services.mlflow.forward(request, upstream, artifact_target(place.target));
    upstream.check();
    co_await exchange.begin(no_content(), std::nullopt);
    co_await exchange.end();
}

Streamed download_artifact(Services& services, Request& request, Exchange& exchange, Place place) {
    ArtifactExchange upstream(exchange, ArtifactExchange::Body::kPassed);
    co_await services.mlflow.forward(request, upstream, artifact_target(place.target));
    upstream.check();
}

}  // namespace stoker::api::files
