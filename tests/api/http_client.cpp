#include "tests/api/http_client.h"

#include <algorithm>
#include <stdexcept>

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

namespace stoker::test {

HttpConnection::HttpConnection(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    timeval patience{20, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
        throw std::runtime_error("connect failed");
}

HttpConnection::HttpConnection(std::uint16_t port, const std::filesystem::path& authority) : HttpConnection(port) {
    const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free);
    SSL_CTX_load_verify_locations(context.get(), authority.c_str(), nullptr);
    tls_.reset(SSL_new(context.get()), &SSL_free);
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(tls_.get()), "127.0.0.1");
    SSL_set_verify(tls_.get(), SSL_VERIFY_PEER, nullptr);
    SSL_set_fd(tls_.get(), socket_);
    if (SSL_connect(tls_.get()) == 1) return;
    const long verdict = SSL_get_verify_result(tls_.get());
    throw std::runtime_error(std::string("no TLS: ") + X509_verify_cert_error_string(verdict));
}

bool HttpConnection::ended_in_order() const {
    return (SSL_get_shutdown(tls_.get()) & SSL_RECEIVED_SHUTDOWN) != 0;
}

HttpConnection::~HttpConnection() {
    ::close(socket_);
}

void HttpConnection::send(const std::string& bytes) {
    for (std::size_t sent = 0; sent < bytes.size();) {
        const char* const rest = bytes.data() + sent;
        const auto count = tls_ ? SSL_write(tls_.get(), rest, static_cast<int>(bytes.size() - sent))
                                : ::send(socket_, rest, bytes.size() - sent, MSG_NOSIGNAL);
        if (count <= 0) return;  // the server has closed: its answer tells why
        sent += static_cast<std::size_t>(count);
    }
}

bool HttpConnection::fill() {
    char bytes[65536];
    const auto count = tls_ ? SSL_read(tls_.get(), bytes, sizeof bytes) : ::recv(socket_, bytes, sizeof bytes, 0);
    if (count <= 0) return false;
    buffer_.append(bytes, static_cast<std::size_t>(count));
    return true;
}

bool HttpConnection::at_end() {
    return buffer_.empty() && !fill();
}

std::string HttpConnection::read_bytes(std::size_t count) {
    while (buffer_.size() < count && fill()) continue;
    std::string bytes = buffer_.substr(0, count);
    buffer_.erase(0, count);
    return bytes;
}

HttpAnswer HttpConnection::read_answer(bool to_head) {
    HttpAnswer answer;
    std::size_t end;
    while ((end = buffer_.find("\r\n\r\n")) == std::string::npos)
        if (!fill()) return answer;
    const std::string head = buffer_.substr(0, end + 2);
    buffer_.erase(0, end + 4);
    answer.status = std::stoi(head.substr(9, 3));
    if (answer.status == 100) {
        ++interim_answers_;
        return read_answer(to_head);
    }
    for (std::size_t at = head.find("\r\n") + 2; at < head.size();) {
        const std::size_t line_end = head.find("\r\n", at);
        const std::size_t colon = head.find(": ", at);
        std::string name = head.substr(at, colon - at);
        std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        answer.headers[name] = head.substr(colon + 2, line_end - colon - 2);
        at = line_end + 2;
    }
    if (to_head) return answer;
    if (answer.headers["transfer-encoding"] == "chunked") {
        std::optional<std::string> chunk;
        while ((chunk = next_chunk()) && !chunk->empty()) answer.body += *chunk;
        return chunk ? answer : HttpAnswer{};
    }
    const std::size_t length =
        answer.headers.contains("content-length") ? std::stoul(answer.headers["content-length"]) : 0;
    while (buffer_.size() < length)
        if (!fill()) return {};
    answer.body = buffer_.substr(0, length);
    buffer_.erase(0, length);
    return answer;
}

std::optional<std::string> HttpConnection::next_chunk() {
    std::size_t end;
    while ((end = buffer_.find("\r\n")) == std::string::npos)
        if (!fill()) return std::nullopt;
    const std::size_t size = std::stoul(buffer_.substr(0, end), nullptr, 16);
    while (buffer_.size() < end + size + 4)
        if (!fill()) return std::nullopt;
    std::string chunk = buffer_.substr(end + 2, size);
    buffer_.erase(0, end + size + 4);
    return chunk;
}

std::string HttpConnection::read_chunk() {
    const auto chunk = next_chunk();
    if (!chunk || chunk->empty()) throw std::runtime_error("the stream has ended");
    return *chunk;
}

std::string HttpConnection::read_rest() {
    std::string rest;
    for (auto chunk = next_chunk(); chunk && !chunk->empty(); chunk = next_chunk()) rest += *chunk;
    return rest;
}

HttpAnswer HttpConnection::ask(const std::string& method, const std::string& target, const std::string& body,
                               const std::string& headers) {
    std::string request = method + " " + target + " HTTP/1.1\r\nHost: test.local\r\n" + headers;
    if (!body.empty() || method == "POST") request += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    send(request + "\r\n" + body);
    return read_answer(method == "HEAD");
}

}  // namespace stoker::test
