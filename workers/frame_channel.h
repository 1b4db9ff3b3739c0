#pragma once
#include <array>
#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <nlohmann/json.hpp>

#include "clusters/file_descriptor.h"

namespace stoker::workers {

/// A frame is a 4-byte big-endian length and that many bytes of JSON, of a child an object.
std::string encode_frame(const nlohmann::json& body);

class BrokenFrame : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// Cuts a stream of bytes into the bodies of its frames.
class FrameDecoder {
  public:
    explicit FrameDecoder(std::size_t max_body) : max_body_(max_body) {}
    void feed(std::string_view bytes);
    /// The next whole body; nullopt until more bytes come. Throws BrokenFrame when a length is over the limit.
    std::optional<std::string> next();
    std::size_t memory() const { return buffer_.capacity(); }

  private:
    std::size_t max_body_;
    std::string buffer_;
    std::size_t begin_ = 0;
};

/// The worker's end of a zygote's, kernel's or driver's socket. Sending never blocks and never fails: what cannot be
/// sent at once is queued, and a peer that is gone shows in `read`. One reader at a time. Lives on the I/O thread.
class FrameChannel : public std::enable_shared_from_this<FrameChannel> {
  public:
    /// Outputs of a notebook are the largest thing that travels.
    static constexpr std::size_t kMaxBody = 256u << 20;

    struct Pair {
        std::shared_ptr<FrameChannel> channel;
        clusters::FileDescriptor peer;  // for the child
    };
    static Pair make(boost::asio::any_io_executor executor);

    /// `passed` travels with the frame's first byte (SCM_RIGHTS) and is closed here once it has.
    void send(const nlohmann::json& body, clusters::FileDescriptor passed = {});
    /// nullopt: the peer closed its end, or sent what is no frame.
    boost::asio::awaitable<std::optional<nlohmann::json>> read();
    /// The peer sent what is no frame.
    bool broken() const { return broken_; }
    void close();

  private:
    using Socket = boost::asio::local::stream_protocol::socket;
    struct Outgoing {
        std::string bytes;
        std::size_t sent = 0;
        clusters::FileDescriptor passed;
    };
    explicit FrameChannel(Socket socket) : socket_(std::move(socket)) {}
    void pump();

    Socket socket_;
    FrameDecoder decoder_{kMaxBody};
    std::array<char, 16384> incoming_;
    std::deque<Outgoing> outgoing_;
    bool waiting_to_send_ = false;
    bool broken_ = false;
};

}  // namespace stoker::workers
