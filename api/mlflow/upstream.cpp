#include "api/mlflow/upstream.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <vector>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/rfc7230.hpp>

#include "api/http/exchange.h"
#include "api/http/headers.h"
#include "core/error.h"

namespace stoker::api {
namespace {
namespace net = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;
using Stream = beast::basic_stream<net::local::stream_protocol>;
using Parser = http::response_parser<http::buffer_body>;

constexpr std::size_t kChunk = 64 * 1024;
constexpr std::size_t kMaxIdle = 16;
constexpr auto kStartPause = std::chrono::milliseconds(250);  // between looks for a server that is starting
constexpr auto kPatience = std::chrono::minutes(10);          // mlflow answers some searches slowly

struct Connection {
    explicit Connection(const net::any_io_executor& executor) : stream(executor) {}
    Stream stream;
    beast::flat_buffer buffer;
    bool reused = false;
};

using FieldNames = std::set<std::string, std::less<>>;

/// Adds the fields that a Connection header names.
void add_connection_options(FieldNames& names, std::string_view connection_header) {
    for (const auto& option : http::token_list(beast::string_view(connection_header.data(), connection_header.size())))
        names.insert(lower_case({option.data(), option.size()}));
}

/// Meant for one connection only, or decided here rather than by the client.
bool is_stripped(std::string_view name, const FieldNames& connection_options) {
    static constexpr std::array<std::string_view, 19> kNames{"connection",
                                                             "keep-alive",
                                                             "proxy-authenticate",
                                                             "proxy-authorization",
                                                             "proxy-connection",
                                                             "te",
                                                             "trailer",
                                                             "transfer-encoding",
                                                             "upgrade",
                                                             "expect",
                                                             "content-length",
                                                             "host",
                                                             "authorization",
                                                             "cookie",
                                                             "forwarded",
                                                             "origin",
                                                             "referer",
                                                             "remote-user",
                                                             "x-remote-user"};
    const std::string lower = lower_case(name);
    if (lower.starts_with("x-forwarded-") || lower.starts_with("x-stoker-") || lower.starts_with("sec-fetch-") ||
        lower == "x-real-ip")
        return true;
    for (std::string_view stripped : kNames)
        if (lower == stripped) return true;
    return connection_options.contains(lower);
}

/// Methods of which a second one changes nothing (RFC 9110, 9.2.2).
bool may_be_sent_twice(std::string_view method) {
    static constexpr std::array<std::string_view, 5> kIdempotent{"GET", "HEAD", "OPTIONS", "PUT", "DELETE"};
    return std::find(kIdempotent.begin(), kIdempotent.end(), method) != kIdempotent.end();
}

std::string render_request(const Request& request, const std::string& target, std::optional<std::uint64_t> length) {
    std::string head = request.method + " " + target +
                       " HTTP/1.1\r\nHost: localhost\r\nX-Stoker-User: " + request.principal.user_name + "\r\n";
    FieldNames connection_options;
    for (std::string_view value : request.headers.get_all("Connection"))
        add_connection_options(connection_options, value);
    for (const auto& [name, value] : request.headers)
        if (!is_stripped(name, connection_options)) head += name + ": " + value + "\r\n";
    // MLflow goes by the header, clients of this API need none.
    if (length && *length > 0 && request.headers.get("Content-Type").empty())
        head += "Content-Type: application/json\r\n";
    if (!length)
        head += "Transfer-Encoding: chunked\r\n";
    else if (*length > 0 || (request.method != "GET" && request.method != "HEAD"))
        head += "Content-Length: " + std::to_string(*length) + "\r\n";
    return head + "\r\n";
}

ApiError not_running(const std::string& socket_path) {
    ApiError error(ErrorCode::kTemporarilyUnavailable,
                   socket_path.empty() ? "This server has no MLflow server: start it with `stoker up`, or give `stoker "
                                         "server` the option --mlflow-socket."
                                       : "The MLflow server does not answer. It starts with `stoker up`; its log is "
                                         "logs/mlflow.log in the data folder.");
    error.retry_after = 2;
    return error;
}

ApiError gone_before_it_answered(const Request& request) {
    return {ErrorCode::kTemporarilyUnavailable,
            "The MLflow server closed the connection before it answered '" + request.method + " " + request.path +
                "'. Whether it has done it is not known: look before you ask again."};
}
}  // namespace

struct MlflowUpstream::Impl : std::enable_shared_from_this<MlflowUpstream::Impl> {
    net::any_io_executor executor;
    std::string socket_path;
    std::vector<std::unique_ptr<Connection>> idle;
    bool closed = false;

    std::chrono::seconds patience;
    const Clock& clock;

    Impl(net::any_io_executor on, std::string path, std::chrono::seconds patient_for, const Clock& with_clock)
        : executor(std::move(on)), socket_path(std::move(path)), patience(patient_for), clock(with_clock) {}

    net::awaitable<std::unique_ptr<Connection>> connect(bool may_reuse) {
        if (may_reuse && !idle.empty()) {
            auto connection = std::move(idle.back());
            idle.pop_back();
            connection->reused = true;
            co_return connection;
        }
        if (socket_path.empty()) throw not_running(socket_path);
        const auto give_up = clock.monotonic() + patience;
        const net::local::stream_protocol::endpoint endpoint(socket_path);
        net::steady_timer pause(executor);
        while (true) {
            auto connection = std::make_unique<Connection>(executor);
            connection->stream.expires_after(std::chrono::seconds(5));
            auto [error] = co_await connection->stream.async_connect(endpoint, net::as_tuple(net::use_awaitable));
            if (!error) co_return connection;
            if (closed || clock.monotonic() >= give_up) throw not_running(socket_path);
            pause.expires_after(kStartPause);
            co_await pause.async_wait(net::as_tuple(net::use_awaitable));
        }
    }

    void keep(std::unique_ptr<Connection> connection) {
        if (closed || idle.size() >= kMaxIdle || connection->buffer.size() > 0) return;
        connection->stream.expires_never();
        idle.push_back(std::move(connection));
    }

    static net::awaitable<error_code> send(Connection& connection, std::string_view head, std::string_view body) {
        const std::array<net::const_buffer, 2> buffers{net::buffer(head), net::buffer(body)};
        connection.stream.expires_after(kPatience);
        auto [error, count] = co_await net::async_write(connection.stream, buffers, net::as_tuple(net::use_awaitable));
        co_return error;
    }

    /// The rest of a body that is too long to be held. What mlflow does not want to read it says in its answer.
    static net::awaitable<void> send_rest(Connection& connection, Exchange& exchange, bool chunked) {
        std::string part(kChunk, '\0');
        while (const std::size_t count = co_await exchange.read_body(part.data(), part.size())) {
            std::string frame;
            if (chunked) {
                std::array<char, 20> size{};
                frame.assign(size.data(),
                             static_cast<std::size_t>(std::snprintf(size.data(), size.size(), "%zx\r\n", count)));
                frame.append(part, 0, count).append("\r\n");
            }
            const std::string_view bytes = chunked ? std::string_view(frame) : std::string_view(part).substr(0, count);
            if (const error_code error = co_await send(connection, bytes, ""); error) co_return;
        }
        if (chunked) co_await send(connection, "0\r\n\r\n", "");
    }

    static net::awaitable<error_code> read_head(Connection& connection, Parser& parser, bool is_head) {
        parser.header_limit(64 * 1024);
        parser.body_limit(boost::none);
        parser.skip(is_head);
        connection.stream.expires_after(kPatience);
        auto [error, count] = co_await http::async_read_header(connection.stream, connection.buffer, parser,
                                                               net::as_tuple(net::use_awaitable));
        co_return error;
    }

    static Response head_of(const Parser& parser) {
        Response head;
        const auto& message = parser.get();
        head.status = static_cast<int>(message.result_int());
        head.content_type = std::string(message[http::field::content_type]);
        FieldNames connection_options;
        const auto [first, last] = message.equal_range(http::field::connection);
        for (auto field = first; field != last; ++field)
            add_connection_options(connection_options, {field->value().data(), field->value().size()});
        for (const auto& field : message) {
            const std::string name(field.name_string());
            if (is_stripped(name, connection_options) || equal_ignoring_case(name, "content-type") ||
                equal_ignoring_case(name, "server"))
                continue;
            head.headers.add(name, std::string(field.value()));
        }
        return head;
    }

    static net::awaitable<void> relay_answer(Connection& connection, Parser& parser, Exchange& exchange) {
        std::optional<std::uint64_t> length;
        if (auto announced = parser.content_length())
            length = *announced;
        else if (parser.is_done())
            length = 0;
        Response head = head_of(parser);
        co_await exchange.begin(std::move(head), length);
        std::string part(kChunk, '\0');
        while (!parser.is_done()) {
            auto& body = parser.get().body();
            body.data = part.data();
            body.size = part.size();
            connection.stream.expires_after(kPatience);
            auto [error, count] = co_await http::async_read_some(connection.stream, connection.buffer, parser,
                                                                 net::as_tuple(net::use_awaitable));
            const std::size_t got = part.size() - body.size;
            if (error && error != http::error::need_buffer)
                throw boost::system::system_error(error, "reading from the MLflow server");
            co_await exchange.write(std::string_view(part).substr(0, got));
        }
        co_await exchange.end();
    }

    net::awaitable<void> forward(const Request& request, Exchange& exchange, std::string target) {
        // A connection that was kept may be closed by MLflow at any moment, then the request is sent again on a new
        // one. So only what may be sent twice takes a kept one, and its body, a short one, is held.
        const auto length = exchange.content_length();
        const bool held = length && *length <= kChunk;
        std::string body(held ? static_cast<std::size_t>(*length) : 0, '\0');
        for (std::size_t have = 0; have < body.size();) {
            const std::size_t count = co_await exchange.read_body(body.data() + have, body.size() - have);
            if (count == 0) throw boost::system::system_error(net::error::eof, "reading the request body");
            have += count;
        }
        const std::string head = render_request(request, target, length);
        for (bool may_reuse = held && may_be_sent_twice(request.method);; may_reuse = false) {
            auto connection = co_await connect(may_reuse);
            error_code error = co_await send(*connection, head, body);
            if (!error && !held) co_await send_rest(*connection, exchange, !length.has_value());
            Parser parser;
            // After a failed write, too: mlflow may have answered before it closed.
            const error_code read_error = co_await read_head(*connection, parser, request.method == "HEAD");
            if (read_error && connection->reused) continue;
            if (read_error && may_be_sent_twice(request.method)) throw not_running(socket_path);
            if (read_error) throw gone_before_it_answered(request);
            co_await relay_answer(*connection, parser, exchange);
            if (!error && parser.keep_alive()) keep(std::move(connection));
            co_return;
        }
    }
};

MlflowUpstream::MlflowUpstream(net::any_io_executor executor, std::string socket_path, std::chrono::seconds patience,
                               const Clock& clock)
    : impl_(std::make_shared<Impl>(std::move(executor), std::move(socket_path), patience, clock)) {}

MlflowUpstream::~MlflowUpstream() = default;

net::awaitable<void> MlflowUpstream::forward(const Request& request, Exchange& exchange, std::string target) {
    auto impl = impl_;
    co_await impl->forward(request, exchange, std::move(target));
}

void MlflowUpstream::close() {
    impl_->closed = true;
    impl_->idle.clear();
}

}  // namespace stoker::api
