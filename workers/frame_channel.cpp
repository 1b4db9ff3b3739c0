#include "workers/frame_channel.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <spdlog/spdlog.h>
#include <sys/socket.h>

#include "core/json_depth.h"

namespace stoker::workers {
namespace net = boost::asio;
namespace {

constexpr std::size_t kHeader = 4;
constexpr std::size_t kManyBytes = 64 << 10;
constexpr std::size_t kMostKept = 1 << 20;  // of memory, for the next frames

/// Sends what the socket takes; the number of bytes, or -1 with errno.
ssize_t send_some(int socket, std::string_view bytes, int passed) {
    iovec part{const_cast<char*>(bytes.data()), bytes.size()};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
    if (passed >= 0) {
        message.msg_control = control.data();
        message.msg_controllen = control.size();
        cmsghdr* header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int));
        std::memcpy(CMSG_DATA(header), &passed, sizeof(int));
    }
    ssize_t sent = 0;
    do {
        sent = ::sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    return sent;
}

/// Throws BrokenFrame when the body is anything else, or nested more deeply than JSON may be that is copied.
nlohmann::json object_in(const std::string& body) {
    nlohmann::json object = parse_shallow(body);
    if (!object.is_object()) throw BrokenFrame("a frame that is no JSON object, or a deep one");
    return object;
}

}  // namespace

std::string encode_frame(const nlohmann::json& body) {
    const std::string text = body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    const auto size = static_cast<std::uint32_t>(text.size());
    std::string frame;
    frame.reserve(kHeader + text.size());
    for (const int shift : {24, 16, 8, 0}) frame.push_back(static_cast<char>(size >> shift & 0xff));
    return frame + text;
}

void FrameDecoder::feed(std::string_view bytes) {
    // Of a peer that always has more to send it is never empty.
    if (begin_ > kManyBytes && begin_ > buffer_.size() / 2) {
        buffer_.erase(0, begin_);
        begin_ = 0;
    }
    buffer_.append(bytes);
}

std::optional<std::string> FrameDecoder::next() {
    if (buffer_.size() - begin_ < kHeader) return std::nullopt;
    std::size_t size = 0;
    for (std::size_t i = 0; i < kHeader; ++i) size = size << 8 | static_cast<unsigned char>(buffer_[begin_ + i]);
    if (size > max_body_) throw BrokenFrame("a frame of " + std::to_string(size) + " bytes");
    if (buffer_.size() - begin_ < kHeader + size) return std::nullopt;
    std::string body = buffer_.substr(begin_ + kHeader, size);
    begin_ += kHeader + size;
    if (begin_ == buffer_.size()) {
        buffer_.clear();
        begin_ = 0;
        if (buffer_.capacity() > kMostKept) buffer_.shrink_to_fit();
    }
    return body;
}

FrameChannel::Pair FrameChannel::make(net::any_io_executor executor) {
    int pair[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
        throw std::system_error(errno, std::generic_category(), "socketpair");
    }
    clusters::FileDescriptor peer(pair[1]);
    Socket socket(executor, net::local::stream_protocol(), pair[0]);
    return {std::shared_ptr<FrameChannel>(new FrameChannel(std::move(socket))), std::move(peer)};
}

void FrameChannel::send(const nlohmann::json& body, clusters::FileDescriptor passed) {
    if (!socket_.is_open()) return;
    outgoing_.push_back({encode_frame(body), 0, std::move(passed)});
    if (!waiting_to_send_) pump();
}

void FrameChannel::pump() {
    while (!outgoing_.empty()) {
        Outgoing& frame = outgoing_.front();
        const auto rest = std::string_view(frame.bytes).substr(frame.sent);
        const ssize_t sent = send_some(socket_.native_handle(), rest, frame.passed.get());
        if (sent < 0) {
            if (errno != EAGAIN && errno != EWOULDBLOCK) {
                outgoing_.clear();  // the peer is gone
                return;
            }
            waiting_to_send_ = true;
            socket_.async_wait(Socket::wait_write, [self = shared_from_this()](boost::system::error_code error) {
                self->waiting_to_send_ = false;
                if (!error) self->pump();
            });
            return;
        }
        frame.passed.reset();
        frame.sent += static_cast<std::size_t>(sent);
        if (frame.sent == frame.bytes.size()) outgoing_.pop_front();
    }
}

net::awaitable<std::optional<nlohmann::json>> FrameChannel::read() {
    const auto self = shared_from_this();
    for (;;) {
        try {
            if (const auto body = decoder_.next()) co_return object_in(*body);
        } catch (const std::exception& error) {
            spdlog::error("a child's frame cannot be read error=\"{}\"", error.what());
            broken_ = true;
            close();
            co_return std::nullopt;
        }
        if (!socket_.is_open()) co_return std::nullopt;
        const auto [error, count] =
            co_await socket_.async_read_some(net::buffer(incoming_), net::as_tuple(net::use_awaitable));
        if (error) co_return std::nullopt;
        decoder_.feed(std::string_view(incoming_.data(), count));
    }
}

void FrameChannel::close() {
    boost::system::error_code ignored;
    socket_.close(ignored);
    outgoing_.clear();
}

}  // namespace stoker::workers
