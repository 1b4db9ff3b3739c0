#include "api/http/session.h"

#include <algorithm>
#include <array>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>

#include "api/http/application.h"
#include "api/http/client_stream.h"
#include "api/http/exchange.h"
#include "api/http/middleware/errors.h"
#include "api/http/middleware/request_id.h"
#include "api/http/relay.h"
#include "api/http/response_head.h"
#include "api/http/tunnel.h"
#include "core/error.h"

namespace stoker::api {
namespace {
namespace net = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using Parser = http::request_parser<http::buffer_body>;
using boost::system::error_code;

constexpr std::size_t kChunk = 64 * 1024;
constexpr std::size_t kReadAhead = 4096;
constexpr std::uint64_t kMaxDrain = 256 * 1024;  // of a body nobody wants, to keep the connection

class BeastSession final : public Session, private Exchange, public std::enable_shared_from_this<BeastSession> {
  public:
    BeastSession(net::ip::tcp::socket socket, std::shared_ptr<net::ssl::context> certificate, Application& application,
                 const Settings& settings, const Clock& clock)
        : stream_(std::move(socket), std::move(certificate)),
          application_(application),
          settings_(settings),
          clock_(clock),
          peer_(stream_.peer()) {}

    net::awaitable<void> run() override {
        auto self = shared_from_this();
        if (!co_await greet()) finishing_ = true;
        // One co_await a statement: g++ 12 miscompiles it inside && and ||.
        while (!finishing_) {
            const bool began = co_await next_request_begins();
            if (!began) break;
            const bool keep = co_await serve_request();
            if (!keep) break;
        }
        co_await stream_.end();
    }

    void finish() override {
        finishing_ = true;
        if (idle_) stream_.cancel();
        if (end_tunnel_) end_tunnel_();  // it would not end by itself
    }

    void abort() override {
        finishing_ = true;
        stream_.close();
    }

  private:
    net::awaitable<bool> greet() {
        idle_ = true;
        stream_.expires_after(settings_.header_timeout);
        const auto greeting = co_await stream_.greet(buffer_);
        idle_ = false;
        if (greeting == ClientStream::Greeting::kWithoutTls) {
            co_await write_all(kAnswerWithoutTls);
            co_await stream_.linger();
        }
        co_return greeting == ClientStream::Greeting::kDone;
    }

    net::awaitable<bool> next_request_begins() {
        if (buffer_.size() > 0) co_return true;
        idle_ = true;
        stream_.expires_after(settings_.idle_timeout);
        auto [error, count] =
            co_await stream_.async_read_some(buffer_.prepare(kReadAhead), net::as_tuple(net::use_awaitable));
        idle_ = false;
        if (error) co_return false;
        buffer_.commit(count);
        co_return true;
    }

    /// false: the connection is to be closed.
    net::awaitable<bool> serve_request() {
        parser_.emplace();
        parser_->header_limit(static_cast<std::uint32_t>(settings_.header_limit));
        parser_->body_limit(boost::none);
        stream_.expires_after(settings_.header_timeout);
        auto [error, count] =
            co_await http::async_read_header(stream_, buffer_, *parser_, net::as_tuple(net::use_awaitable));
        began_ = clock_.monotonic();
        body_read_ = 0;
        Request request = describe_request();
        if (error) co_return co_await refuse_header(request, error);

        std::optional<Response> refusal = co_await application_.admit(request);
        const bool streams = !refusal && request.endpoint->stream;
        const auto length = content_length();
        if (!refusal && !streams && length && *length > settings_.body_limit) refusal = too_large();
        if (refusal) co_return co_await refuse(request, std::move(*refusal));

        if (beast::iequals(parser_->get()[http::field::expect], "100-continue") && !parser_->is_done())
            if (!co_await write_all("HTTP/1.1 100 Continue\r\n\r\n")) co_return false;
        if (streams) co_return co_await serve_stream(request);

        if (auto failed = co_await read_whole_body(request)) {
            if (failed->status == 0) co_return false;
            co_return co_await refuse(request, std::move(*failed));
        }
        Response response = co_await application_.answer(request);
        if (presence_) co_await stop_watching();
        co_return co_await send(request, std::move(response), parser_->keep_alive());
    }

    net::awaitable<bool> serve_stream(Request& request) {
        head_sent_ = false;
        request_ = &request;
        std::optional<Response> failure = co_await application_.stream(request, *this);
        if (failure && !head_sent_) co_return co_await refuse(request, std::move(*failure));
        application_.record(request, failure ? 499 : streamed_status_, clock_.monotonic() - began_);
        if (failure || body_left_ != 0 || out_framing_ == BodyFraming::kUntilClose) co_return false;
        const bool drained = co_await drain();
        co_return drained && parser_->keep_alive();
    }

    Request describe_request() {
        Request request;
        const auto& message = parser_->get();
        request.method = std::string(message.method_string());
        request.set_target(message.target());
        for (const auto& field : message)
            request.headers.add(std::string(field.name_string()), std::string(field.value()));
        request.request_id = request_id_of(request.headers);
        request.peer = peer_;
        request.is_secure = stream_.is_secure();
        request.watch_client = [this] { return watch(); };
        request.carry = [this](std::unique_ptr<Tunnel> tunnel) { return carry(std::move(tunnel)); };
        return request;
    }

    net::awaitable<bool> refuse_header(const Request& request, error_code error) {
        const bool is_http_error = error.category() == http::make_error_code(http::error::bad_method).category();
        if (!is_http_error || error == http::error::end_of_stream || error == http::error::partial_message)
            co_return false;
        const bool too_long = error == http::error::header_limit;
        Response response =
            error_response(too_long ? ApiError(ErrorCode::kHeadersTooLarge, "The headers of the request are too large.")
                                    : ApiError(ErrorCode::kMalformedRequest, "The request is not valid HTTP."));
        co_await send(request, std::move(response), false);
        co_await stream_.linger();
        co_return false;
    }

    Response too_large() {
        return error_response(
            ApiError(ErrorCode::kRequestTooLarge,
                     "The request body is larger than " + std::to_string(settings_.body_limit) + " bytes."));
    }

    /// Answers without having read the body; keeps the connection only where what is left of it is small.
    net::awaitable<bool> refuse(const Request& request, Response response) {
        const bool drained = co_await drain();
        const bool keep = drained && parser_->keep_alive();
        if (!co_await send(request, std::move(response), keep)) co_return false;
        if (!keep) co_await stream_.linger();
        co_return keep;
    }

    /// nullopt: the body is in the request. Otherwise the refusal; status 0 when there is no one to send it to.
    net::awaitable<std::optional<Response>> read_whole_body(Request& request) {
        error_code error;
        while (!parser_->is_done()) {
            const std::size_t have = request.body.size();
            const auto expected = parser_->content_length_remaining().value_or(kChunk);
            const std::size_t room = std::clamp<std::uint64_t>(expected, 1, kChunk);
            request.body.resize(have + room);
            const std::size_t count = co_await read_some(request.body.data() + have, room, error);
            request.body.resize(have + count);
            if (request.body.size() > settings_.body_limit) co_return too_large();
            if (!error) continue;
            Response answer;
            answer.status = 0;
            if (error == beast::error::timeout)
                answer = error_response(ApiError(ErrorCode::kBadRequest, "The request body arrives too slowly."));
            else if (error.category() == http::make_error_code(http::error::bad_chunk).category() &&
                     error != http::error::partial_message)
                answer = error_response(ApiError(ErrorCode::kMalformedRequest, "The request body is not valid HTTP."));
            co_return answer;
        }
        co_return std::nullopt;
    }

    /// What arrives of the body, within its rate limit.
    net::awaitable<std::size_t> read_some(char* data, std::size_t size, error_code& error) {
        auto& body = parser_->get().body();
        std::size_t count = 0;
        while (count == 0 && !error && !parser_->is_done()) {
            body.data = data;
            body.size = size;
            body.more = true;
            const auto allowed = settings_.body_timeout + std::chrono::seconds(body_read_ / settings_.min_body_rate);
            const auto spent = std::chrono::duration_cast<std::chrono::milliseconds>(clock_.monotonic() - began_);
            stream_.expires_after(std::max<std::chrono::milliseconds>(allowed - spent, std::chrono::milliseconds(1)));
            std::tie(error, std::ignore) =
                co_await http::async_read_some(stream_, buffer_, *parser_, net::as_tuple(net::use_awaitable));
            if (error == http::error::need_buffer) error = {};
            count = size - body.size;
        }
        body_read_ += count;
        co_return count;
    }

    /// Reads and drops the rest of the body; false when there is too much of it, or the client has not sent it yet
    /// because it waits for 100 Continue.
    net::awaitable<bool> drain() {
        if (parser_->is_done()) co_return true;
        const auto remaining = parser_->content_length_remaining();
        if (!remaining || *remaining > kMaxDrain || parser_->get().count(http::field::expect) > 0) co_return false;
        std::string sink(kChunk, '\0');
        error_code error;
        while (!parser_->is_done() && !error) co_await read_some(sink.data(), sink.size(), error);
        co_return !error;
    }

    net::awaitable<bool> send(const Request& request, Response response, bool keep_alive) {
        application_.complete(request, response);
        const bool has_body = request.method != "HEAD" && response.status != 204 && response.status != 304;
        ResponseFraming framing;
        framing.body = response.status == 204 ? BodyFraming::kNone : BodyFraming::kLength;
        framing.length = response.body.size();
        framing.keep_alive = keep_alive && !finishing_;
        const std::string head = render_head(response, framing);
        const std::array<net::const_buffer, 2> buffers{net::buffer(head),
                                                       net::buffer(has_body ? response.body : std::string_view())};
        stream_.expires_after(settings_.write_timeout +
                              std::chrono::seconds(response.body.size() / settings_.min_body_rate));
        auto [error, count] = co_await net::async_write(stream_, buffers, net::as_tuple(net::use_awaitable));
        application_.record(request, response.status, clock_.monotonic() - began_);
        co_return !error && framing.keep_alive;
    }

    net::awaitable<bool> write_all(std::string_view text) {
        stream_.expires_after(settings_.write_timeout);
        auto [error, count] = co_await net::async_write(stream_, net::buffer(text), net::as_tuple(net::use_awaitable));
        co_return !error;
    }

    // --- The client's presence while its request waits. ---

    /// By reading ahead: what arrives is the next request, pipelined; an end is the client's.
    std::shared_ptr<ClientPresence> watch() {
        presence_ = std::make_shared<ClientPresence>();
        reads_ahead_ = true;
        stream_.expires_never();
        stream_.async_read_some(buffer_.prepare(kReadAhead), [presence = presence_, self = shared_from_this()](
                                                                 const error_code& error, std::size_t count) {
            self->reads_ahead_ = false;
            self->buffer_.commit(count);
            if (!error || error == net::error::operation_aborted) return;
            presence->gone = true;
            if (presence->on_gone) presence->on_gone();
        });
        return presence_;
    }

    net::awaitable<void> stop_watching() {
        presence_.reset();
        // With TLS a read that has got a part of what it needs begins another.
        while (reads_ahead_) {
            stream_.cancel();
            co_await net::post(stream_.get_executor(), net::use_awaitable);
        }
    }

    // --- Exchange, for streaming endpoints. ---

    std::optional<std::uint64_t> content_length() const override {
        if (auto length = parser_->content_length()) return *length;
        if (parser_->chunked()) return std::nullopt;
        return 0;
    }

    net::awaitable<std::size_t> read_body(char* data, std::size_t size) override {
        error_code error;
        const std::size_t count = co_await read_some(data, size, error);
        if (error) throw ClientGone(error, "reading the request body");
        co_return count;
    }

    net::awaitable<void> begin(Response head, std::optional<std::uint64_t> length) override {
        application_.complete(*request_, head);
        const bool has_body = request_->method != "HEAD" && head.status != 204 && head.status != 304;
        ResponseFraming framing;
        framing.body = length                           ? BodyFraming::kLength
                       : parser_->get().version() >= 11 ? BodyFraming::kChunked
                                                        : BodyFraming::kUntilClose;
        if (!has_body && !length) framing.body = BodyFraming::kNone;
        framing.length = length.value_or(0);
        framing.keep_alive = parser_->keep_alive() && !finishing_ && framing.body != BodyFraming::kUntilClose;
        out_framing_ = has_body ? framing.body : BodyFraming::kNone;
        body_left_ = has_body ? length.value_or(0) : 0;
        streamed_status_ = head.status;
        head_sent_ = true;
        const std::string text = render_head(head, framing);
        if (!co_await write_all(text)) throw ClientGone(net::error::broken_pipe, "writing the answer");
    }

    net::awaitable<void> write(std::string_view part) override {
        if (part.empty() || out_framing_ == BodyFraming::kNone) co_return;
        std::string frame;
        std::string_view end;
        if (out_framing_ == BodyFraming::kChunked) {
            std::array<char, 20> size{};
            frame.assign(size.data(),
                         static_cast<std::size_t>(std::snprintf(size.data(), size.size(), "%zx\r\n", part.size())));
            end = "\r\n";
        } else if (out_framing_ == BodyFraming::kLength) {
            body_left_ -= std::min<std::uint64_t>(body_left_, part.size());
        }
        const std::array<net::const_buffer, 3> buffers{net::buffer(frame), net::buffer(part), net::buffer(end)};
        stream_.expires_after(settings_.write_timeout);
        auto [error, count] = co_await net::async_write(stream_, buffers, net::as_tuple(net::use_awaitable));
        if (error) throw ClientGone(error, "writing the answer");
    }

    net::awaitable<void> end() override {
        if (out_framing_ != BodyFraming::kChunked) co_return;
        const bool written = co_await write_all("0\r\n\r\n");
        if (!written) throw ClientGone(net::error::broken_pipe, "writing the answer");
    }

    net::awaitable<void> carry(std::unique_ptr<Tunnel> tunnel) {
        out_framing_ = BodyFraming::kUntilClose;
        streamed_status_ = 101;
        head_sent_ = true;
        const bool begun =
            co_await write_all("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n");
        if (!begun) throw ClientGone(net::error::broken_pipe, "writing the answer");
        stream_.expires_never();
        Relay relay(stream_, tunnel->service, [this] { return application_.still_admits(*request_); });
        end_tunnel_ = [&relay] { relay.end(); };
        if (finishing_) relay.end();
        co_await relay.run();
        end_tunnel_ = nullptr;
    }

    ClientStream stream_;
    Application& application_;
    const Settings& settings_;
    const Clock& clock_;
    const std::string peer_;
    beast::flat_buffer buffer_;
    bool idle_ = false;
    bool finishing_ = false;

    // Of the request under way.
    std::optional<Parser> parser_;
    Clock::Monotonic began_;
    std::uint64_t body_read_ = 0;
    std::shared_ptr<ClientPresence> presence_;
    bool reads_ahead_ = false;
    std::function<void()> end_tunnel_;
    const Request* request_ = nullptr;
    bool head_sent_ = false;
    int streamed_status_ = 0;
    BodyFraming out_framing_ = BodyFraming::kLength;
    std::uint64_t body_left_ = 0;
};
}  // namespace

std::shared_ptr<Session> Session::create(net::ip::tcp::socket socket, std::shared_ptr<net::ssl::context> certificate,
                                         Application& application, const Settings& settings, const Clock& clock) {
    return std::make_shared<BeastSession>(std::move(socket), std::move(certificate), application, settings, clock);
}

}  // namespace stoker::api
