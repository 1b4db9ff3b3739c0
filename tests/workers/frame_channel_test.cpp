#include "workers/frame_channel.h"

#include <cstring>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

namespace stoker::workers {
namespace {

using Json = nlohmann::json;

TEST(FrameDecoder, PutsAFrameTogetherByteByByte) {
    const std::string bytes = encode_frame({{"a", 1}}) + encode_frame({{"b", 2}});
    FrameDecoder decoder(1000);
    std::vector<std::string> bodies;
    for (const char byte : bytes) {
        decoder.feed(std::string_view(&byte, 1));
        while (const auto body = decoder.next()) bodies.push_back(*body);
    }
    EXPECT_EQ(bodies, (std::vector<std::string>{R"({"a":1})", R"({"b":2})"}));
}

TEST(FrameDecoder, CutsSeveralFramesOutOfOneRead) {
    FrameDecoder decoder(1000);
    decoder.feed(encode_frame(1) + encode_frame(2) + std::string("\0\0", 2));
    EXPECT_EQ(decoder.next(), "1");
    EXPECT_EQ(decoder.next(), "2");
    EXPECT_EQ(decoder.next(), std::nullopt);
    decoder.feed(
        std::string("\0\1"
                    "3",
                    3));
    EXPECT_EQ(decoder.next(), "3");
}

TEST(FrameDecoder, RefusesALengthOverTheLimit) {
    FrameDecoder decoder(10);
    decoder.feed(std::string("\0\0\0\x0b", 4));
    EXPECT_THROW(decoder.next(), BrokenFrame);
}

TEST(FrameDecoder, KeepsNoMemoryOfWhatItHasGiven) {
    FrameDecoder decoder(64 << 20);
    decoder.feed(encode_frame(std::string(8 << 20, 'x')));
    EXPECT_TRUE(decoder.next());
    EXPECT_LT(decoder.memory(), 1u << 20);

    // A peer that always has begun the next frame.
    const std::string frame = encode_frame(std::string(10'000, 'x'));
    decoder.feed(frame.substr(0, 100));
    for (int i = 0; i < 1000; ++i) {
        decoder.feed(frame.substr(100) + frame.substr(0, 100));
        EXPECT_TRUE(decoder.next());
    }
    EXPECT_LT(decoder.memory(), 1u << 20);
}

TEST(EncodeFrame, TurnsBytesThatAreNoUtf8IntoReplacementCharacters) {
    EXPECT_EQ(encode_frame("\xff").substr(4), "\"\xEF\xBF\xBD\"");
}

class FrameChannelTest : public testing::Test {
  protected:
    FrameChannelTest() : pair_(FrameChannel::make(io_.get_executor())) {}

    /// What the channel reads next, once the peer has written.
    std::optional<Json> read() {
        std::optional<Json> result;
        boost::asio::co_spawn(io_, pair_.channel->read(),
                              [&](std::exception_ptr, std::optional<Json> frame) { result = std::move(frame); });
        io_.restart();
        io_.run();
        return result;
    }

    boost::asio::io_context io_;
    FrameChannel::Pair pair_;
};

TEST_F(FrameChannelTest, ReadsFramesUntilThePeerCloses) {
    const std::string bytes = encode_frame({{"event", "ready"}}) + encode_frame({{"event", "more"}});
    ASSERT_EQ(::write(pair_.peer.get(), bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
    pair_.peer.reset();
    EXPECT_EQ(read()->at("event"), "ready");
    EXPECT_EQ(read()->at("event"), "more");
    EXPECT_EQ(read(), std::nullopt);
}

TEST(FrameChannelOfABrokenPeer, IsGivenUp) {
    const std::string deep = R"({"event":)" + std::string(200, '[') + std::string(200, ']') + "}";
    for (const std::string& body : {std::string("???"), std::string("[1]"), deep}) {
        boost::asio::io_context io;
        FrameChannel::Pair pair = FrameChannel::make(io.get_executor());
        const std::string bytes =
            std::string("\0\0", 2) + static_cast<char>(body.size() >> 8) + static_cast<char>(body.size() & 0xff) + body;
        ASSERT_EQ(::write(pair.peer.get(), bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
        std::optional<Json> frame = Json();
        boost::asio::co_spawn(io, pair.channel->read(),
                              [&](std::exception_ptr, std::optional<Json> read) { frame = std::move(read); });
        io.run();
        EXPECT_EQ(frame, std::nullopt) << body;
        EXPECT_TRUE(pair.channel->broken());
    }
}

TEST_F(FrameChannelTest, QueuesWhatThePeerDoesNotTakeYet) {
    const std::string large(4 << 20, 'x');
    pair_.channel->send(large);
    pair_.channel->send("last");
    FrameDecoder decoder(8 << 20);
    std::vector<std::string> bodies;
    std::string buffer(1 << 16, '\0');
    while (bodies.size() < 2) {
        io_.poll();
        io_.restart();
        const ssize_t count = ::recv(pair_.peer.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
        if (count > 0) decoder.feed(std::string_view(buffer.data(), static_cast<std::size_t>(count)));
        while (const auto body = decoder.next()) bodies.push_back(*body);
    }
    EXPECT_EQ(bodies[0].size(), large.size() + 2);
    EXPECT_EQ(bodies[1], "\"last\"");
}

TEST_F(FrameChannelTest, PassesADescriptorWithTheFirstByte) {
    int pipe_ends[2];
    ASSERT_EQ(::pipe(pipe_ends), 0);
    pair_.channel->send({{"op", "fork"}}, clusters::FileDescriptor(pipe_ends[1]));

    char byte = 0;
    iovec part{&byte, 1};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))];
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    ASSERT_EQ(::recvmsg(pair_.peer.get(), &message, 0), 1);
    const cmsghdr* header = CMSG_FIRSTHDR(&message);
    ASSERT_NE(header, nullptr);
    int received = -1;
    std::memcpy(&received, CMSG_DATA(header), sizeof received);
    ASSERT_EQ(::write(received, "x", 1), 1);
    ::close(received);
    EXPECT_EQ(::read(pipe_ends[0], &byte, 1), 1);
    EXPECT_EQ(::read(pipe_ends[0], &byte, 1), 0) << "the channel keeps the descriptor open";
    ::close(pipe_ends[0]);
}

TEST_F(FrameChannelTest, SendingToAPeerThatIsGoneFailsSilently) {
    pair_.peer.reset();
    pair_.channel->send({{"op", "run"}});
    EXPECT_EQ(read(), std::nullopt);
}

}  // namespace
}  // namespace stoker::workers
