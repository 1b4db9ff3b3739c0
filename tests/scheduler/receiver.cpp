#include "tests/scheduler/receiver.h"

#include <algorithm>
#include <chrono>
#include <iostream>

namespace stoker::test {
namespace {
using boost::asio::ip::tcp;

/// A line without its end; nullopt when the client has gone.
std::optional<std::string> next_line(std::istream& client) {
    std::string line;
    if (!std::getline(client, line)) return std::nullopt;
    if (line.ends_with('\r')) line.pop_back();
    return line;
}

std::string lower(std::string text) {
    std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
}
}  // namespace

Receiver::Receiver(Talk talk)
    : acceptor_(io_, tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0)), talk_(std::move(talk)) {
    thread_ = std::thread([this] {
        while (true) {
            tcp::iostream client;
            boost::system::error_code error;
            acceptor_.accept(client.socket(), error);
            if (over_ || error) return;
            talk_(client);
        }
    });
}

Receiver::~Receiver() {
    over_ = true;
    tcp::iostream wake(acceptor_.local_endpoint());
    thread_.join();
}

HttpReceiver::HttpReceiver() {
    receiver_.emplace([this](std::iostream& client) { talk(client); });
}

HttpReceiver::~HttpReceiver() {
    {
        const std::lock_guard lock(mutex_);
        over_ = true;
    }
    changed_.notify_all();
    receiver_.reset();
}

void HttpReceiver::will_answer(std::vector<std::string> heads, std::string body) {
    const std::lock_guard lock(mutex_);
    heads_.assign(heads.begin(), heads.end());
    body_ = std::move(body);
}

void HttpReceiver::will_hang() {
    const std::lock_guard lock(mutex_);
    hangs_ = true;
}

std::optional<HttpReceiver::Request> HttpReceiver::next_request() {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, std::chrono::seconds(20), [&] { return !requests_.empty(); })) return std::nullopt;
    Request request = std::move(requests_.front());
    requests_.pop_front();
    return request;
}

bool HttpReceiver::has_request() {
    const std::lock_guard lock(mutex_);
    return !requests_.empty();
}

void HttpReceiver::talk(std::iostream& client) {
    Request request;
    request.line = next_line(client).value_or("");
    if (request.line.empty()) return;
    for (auto line = next_line(client); line && !line->empty(); line = next_line(client)) {
        const auto colon = line->find(": ");
        request.headers[lower(line->substr(0, colon))] = line->substr(colon + 2);
    }
    request.body.resize(std::stoul(request.headers["content-length"]));
    client.read(request.body.data(), static_cast<std::streamsize>(request.body.size()));

    std::unique_lock lock(mutex_);
    requests_.push_back(std::move(request));
    changed_.notify_all();
    if (hangs_) return changed_.wait(lock, [&] { return over_; });
    std::string head = "200 OK";
    if (!heads_.empty()) {
        head = heads_.front();
        heads_.pop_front();
    }
    const std::string answer = "HTTP/1.1 " + head + "\r\nContent-Length: " + std::to_string(body_.size()) +
                               "\r\nConnection: close\r\n\r\n" + body_;
    lock.unlock();
    client << answer << std::flush;
}

SmtpReceiver::SmtpReceiver() {
    receiver_.emplace([this](std::iostream& client) { talk(client); });
}

void SmtpReceiver::will_reply(const std::string& verb, const std::string& reply) {
    const std::lock_guard lock(mutex_);
    replies_[verb] = reply;
}

std::vector<SmtpReceiver::Mail> SmtpReceiver::mails() {
    const std::lock_guard lock(mutex_);
    return mails_;
}

void SmtpReceiver::talk(std::iostream& client) {
    Mail mail;
    client << "220 receiver ready\r\n" << std::flush;
    for (auto line = next_line(client); line; line = next_line(client)) {
        const std::string verb = line->substr(0, 4);
        std::string reply;
        {
            const std::lock_guard lock(mutex_);
            if (replies_.contains(verb)) reply = replies_[verb];
        }
        if (!reply.empty()) {
            client << reply << "\r\n" << std::flush;
            continue;
        }
        if (verb == "MAIL") mail.from = line->substr(10, line->find('>') - 9);
        if (verb == "RCPT") mail.to = line->substr(8);
        if (verb == "EHLO") {
            client << "250-receiver\r\n250 AUTH PLAIN\r\n";
        } else if (verb == "AUTH") {
            client << "334 \r\n" << std::flush;
            mail.credentials = next_line(client).value_or("");
            client << "235 welcome\r\n";
        } else if (verb == "DATA") {
            take_mail(client, mail);
        } else {
            client << (verb == "QUIT" ? "221 bye\r\n" : "250 fine\r\n");
        }
        client << std::flush;
        if (verb == "QUIT") return;
    }
}

void SmtpReceiver::take_mail(std::iostream& client, Mail& mail) {
    client << "354 go on\r\n" << std::flush;
    for (auto line = next_line(client); line && *line != "."; line = next_line(client)) mail.content += *line + "\n";
    const std::lock_guard lock(mutex_);
    mails_.push_back(mail);
    client << "250 taken\r\n";
}

}  // namespace stoker::test
