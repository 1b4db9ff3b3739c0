#pragma once
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <iosfwd>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

namespace stoker::test {

/// A TCP server on 127.0.0.1: talks with one client after the other, on a thread of its own.
class Receiver {
  public:
    using Talk = std::function<void(std::iostream&)>;
    explicit Receiver(Talk talk);
    ~Receiver();
    std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

  private:
    boost::asio::io_context io_;
    boost::asio::ip::tcp::acceptor acceptor_;
    Talk talk_;
    std::atomic<bool> over_ = false;
    std::thread thread_;
};

/// What webhooks are sent to.
class HttpReceiver {
  public:
    struct Request {
        std::string line;                            // "POST /hook HTTP/1.1"
        std::map<std::string, std::string> headers;  // names in lower case
        std::string body;
    };
    HttpReceiver();
    ~HttpReceiver();

    std::string url() const { return "http://127.0.0.1:" + std::to_string(receiver_->port()) + "/hook"; }
    /// The answers to come, then 200 again: "503 Busy\r\nRetry-After: 600".
    void will_answer(std::vector<std::string> heads, std::string body = "");
    /// Answers nothing until it ends.
    void will_hang();
    /// Oldest first, once; waits for it 20 seconds at most.
    std::optional<Request> next_request();
    bool has_request();

  private:
    void talk(std::iostream& client);

    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<std::string> heads_;  // all protected by mutex_
    std::string body_;
    std::deque<Request> requests_;
    bool hangs_ = false;
    bool over_ = false;
    std::optional<Receiver> receiver_;
};

/// A mail server that says what it is told to.
class SmtpReceiver {
  public:
    struct Mail {
        std::string from;  // "<stoker@example.com>"
        std::string to;
        std::string credentials;  // of AUTH PLAIN, in base64
        std::string content;      // lines end in \n
    };
    SmtpReceiver();

    std::string url() const { return "smtp://127.0.0.1:" + std::to_string(receiver_->port()); }
    /// What a verb ("RCPT", "AUTH", "DATA") is answered instead.
    void will_reply(const std::string& verb, const std::string& reply);
    std::vector<Mail> mails();

  private:
    void talk(std::iostream& client);
    void take_mail(std::iostream& client, Mail& mail);

    std::mutex mutex_;
    std::map<std::string, std::string> replies_;  // all protected by mutex_
    std::vector<Mail> mails_;
    std::optional<Receiver> receiver_;
};

}  // namespace stoker::test
