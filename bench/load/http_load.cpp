#include "bench/load/http_load.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <deque>
#include <queue>
#include <stdexcept>

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <nlohmann/json.hpp>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/load/http_response.h"
#include "bench/load/latencies.h"
#include "core/clock.h"

namespace stoker::bench {
namespace {
using Instant = Clock::Monotonic;
constexpr std::chrono::seconds kLongestWait{120};  // for the last answers

[[noreturn]] void refuse(const std::string& what) {
    throw std::runtime_error(what + ": " + std::strerror(errno));
}

double cpu_seconds() {
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(used.ru_utime) + seconds(used.ru_stime);
}

struct Connection {
    int fd = -1;
    std::string outgoing;  // kept until it is answered: a lost connection asks again
    std::string received;
    Instant began;       // of the request, or when it was due
    bool polls = false;  // has its id, asks until the run is over
    std::string polled_id;
};

class HttpLoad {
  public:
    HttpLoad(const LoadSpec& spec, const Clock& clock)
        : spec_(spec), clock_(clock), epoll_(epoll_create1(EPOLL_CLOEXEC)) {
        if (epoll_ < 0) refuse("epoll_create1");
        connections_.resize(spec.connections);
        for (std::size_t index = 0; index < connections_.size(); ++index) {
            connect(index);
            idle_.push_back(index);
        }
        unique_ = static_cast<std::uint64_t>(clock.epoch_millis()) << 22;
    }
    HttpLoad(const HttpLoad&) = delete;
    HttpLoad& operator=(const HttpLoad&) = delete;
    ~HttpLoad() {
        for (const Connection& connection : connections_)
            if (connection.fd >= 0) close(connection.fd);
        close(epoll_);
    }

    nlohmann::json run() {
        const double cpu_before = cpu_seconds();
        const Instant start = clock_.monotonic();
        window_begin_ = start + std::chrono::duration_cast<Instant::duration>(spec_.warm_up);
        window_end_ = spec_.requests > 0
                          ? Instant::max()
                          : window_begin_ + std::chrono::duration_cast<Instant::duration>(spec_.duration);
        next_due_ = start;
        while (true) {
            const Instant now = clock_.monotonic();
            begin_what_is_due(now);
            ask_again_where_pauses_ended(now);
            if (busy_ == 0 && is_over(now)) break;
            if (is_over(now) && now > last_answer_ + kLongestWait)
                throw std::runtime_error("no answer for 120 s to " + std::to_string(busy_) + " requests");
            wait_for_sockets(now);
        }
        const Instant end = spec_.requests > 0 ? last_answer_ : window_end_;
        const double seconds = std::chrono::duration<double>(end - window_begin_).count();
        const double whole = std::chrono::duration<double>(clock_.monotonic() - start).count();
        return {{"answered", latencies_.size()},
                {"seconds", seconds},
                {"per_second", static_cast<double>(latencies_.size()) / seconds},
                {"latency_ms", latencies_.milliseconds()},
                {"unexpected", unexpected_},
                {"first_unexpected", first_unexpected_},
                {"polls", polls_},
                {"reconnects", reconnects_},
                {"cpu_percent", 100 * (cpu_seconds() - cpu_before) / whole}};
    }

  private:
    void connect(std::size_t index) {
        Connection& connection = connections_[index];
        connection.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (connection.fd < 0) refuse("socket");
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(spec_.port);
        if (inet_pton(AF_INET, spec_.host.c_str(), &address.sin_addr) != 1)
            throw std::runtime_error(spec_.host + " is no IPv4 address");
        if (::connect(connection.fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0)
            refuse("connect to " + spec_.host + ":" + std::to_string(spec_.port));
        int one = 1;
        setsockopt(connection.fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.u64 = index;
        if (epoll_ctl(epoll_, EPOLL_CTL_ADD, connection.fd, &event) != 0) refuse("epoll_ctl");
    }

    void reconnect(std::size_t index) {
        close(connections_[index].fd);
        connections_[index].received.clear();
        ++reconnects_;
        connect(index);
    }

    bool is_over(Instant now) const { return spec_.requests > 0 ? begun_ >= spec_.requests : now >= window_end_; }

    void begin_what_is_due(Instant now) {
        if (!spec_.rate) {
            while (!idle_.empty() && !is_over(now)) begin(now);
            return;
        }
        const auto between =
            std::chrono::duration_cast<Instant::duration>(std::chrono::duration<double>(1 / *spec_.rate));
        while (next_due_ <= now && next_due_ < window_end_ &&
               (spec_.requests == 0 || begun_ + due_.size() < spec_.requests)) {
            due_.push_back(next_due_);
            next_due_ += between;
        }
        while (!due_.empty() && !idle_.empty()) {
            begin(due_.front());
            due_.pop_front();
        }
    }

    void begin(Instant began) {
        const std::size_t index = idle_.back();
        idle_.pop_back();
        ++busy_;
        Connection& connection = connections_[index];
        connection.began = began;
        connection.polls = false;
        const std::string& value = spec_.values.empty() ? kNoValue : spec_.values[begun_ % spec_.values.size()];
        ask(index, spec_.rotation[begun_ % spec_.rotation.size()].render(unique_++, value));
        ++begun_;
    }

    void ask(std::size_t index, std::string request) {
        Connection& connection = connections_[index];
        connection.outgoing = std::move(request);
        // A request is smaller than a socket's buffer: what does not fit at once waits in this call.
        for (std::string_view rest = connection.outgoing; !rest.empty();) {
            const ssize_t count = send(connection.fd, rest.data(), rest.size(), MSG_NOSIGNAL);
            if (count > 0)
                rest.remove_prefix(static_cast<std::size_t>(count));
            else if (errno == EPIPE || errno == ECONNRESET)
                return reconnect_and_ask(index);
            else if (errno != EINTR)
                refuse("send");
        }
    }

    /// A server may close a connection that it kept alive just as we use it.
    void reconnect_and_ask(std::size_t index) {
        if (reconnects_ > 10'000) throw std::runtime_error("the server closes every connection");
        reconnect(index);
        ask(index, std::string(connections_[index].outgoing));
    }

    void ask_again_where_pauses_ended(Instant now) {
        while (!pauses_.empty() && pauses_.top().first <= now) {
            const std::size_t index = pauses_.top().second;
            pauses_.pop();
            poll(index);
        }
    }

    void poll(std::size_t index) {
        ++polls_;
        ask(index, spec_.polling->request.render(unique_++, connections_[index].polled_id));
    }

    void wait_for_sockets(Instant now) {
        Instant until = now + std::chrono::seconds(1);
        if (!pauses_.empty()) until = std::min(until, pauses_.top().first);
        if (spec_.rate && due_.empty() && !is_over(now)) until = std::min(until, next_due_);
        if (spec_.requests == 0 && now < window_end_) until = std::min(until, window_end_);
        const auto nanoseconds =
            std::max<std::int64_t>(0, std::chrono::duration_cast<std::chrono::nanoseconds>(until - now).count());
        timespec timeout{nanoseconds / 1'000'000'000, nanoseconds % 1'000'000'000};
        std::array<epoll_event, 256> events{};
        const int count = epoll_pwait2(epoll_, events.data(), static_cast<int>(events.size()), &timeout, nullptr);
        if (count < 0 && errno != EINTR) refuse("epoll_pwait2");
        for (int i = 0; i < count; ++i) receive(events[static_cast<std::size_t>(i)].data.u64);
    }

    void receive(std::size_t index) {
        Connection& connection = connections_[index];
        std::array<char, 64 * 1024> chunk;
        const ssize_t count = recv(connection.fd, chunk.data(), chunk.size(), MSG_DONTWAIT);
        if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
        if (count <= 0) return lost(index);
        connection.received.append(chunk.data(), static_cast<std::size_t>(count));
        const auto response = read_http_response(connection.received);
        if (!response) return;
        answered(index, *response);
    }

    void lost(std::size_t index) {
        const bool waited = std::ranges::find(idle_, index) == idle_.end();
        if (waited) return reconnect_and_ask(index);
        reconnect(index);
    }

    void answered(std::size_t index, const HttpResponse& response) {
        Connection& connection = connections_[index];
        const bool closes = response.closes;
        const Verdict verdict = judge(connection, response);
        connection.received.erase(0, response.size);
        if (closes) reconnect(index);
        const Instant now = clock_.monotonic();
        if (verdict == Verdict::kAskAgain) {
            pauses_.emplace(now + spec_.polling->pause, index);
            return;
        }
        last_answer_ = now;
        --busy_;
        idle_.push_back(index);
        const bool in_window = now >= window_begin_ && now <= window_end_;
        if (in_window && verdict == Verdict::kExpected) latencies_.add(now - connection.began);
    }

    enum class Verdict { kExpected, kUnexpected, kAskAgain };

    Verdict judge(Connection& connection, const HttpResponse& response) {
        if (response.status != 200) return unexpected(response);
        if (!spec_.polling) {
            const bool holds = spec_.expect.empty() || response.body.find(spec_.expect) != std::string_view::npos;
            return holds ? Verdict::kExpected : unexpected(response);
        }
        if (connection.polls && response.body.find(spec_.polling->until) != std::string_view::npos) {
            const bool holds = spec_.expect.empty() || response.body.find(spec_.expect) != std::string_view::npos;
            return holds ? Verdict::kExpected : unexpected(response);
        }
        if (!connection.polls) {
            const std::size_t at = response.body.find(spec_.polling->id_after);
            if (at == std::string_view::npos) return unexpected(response);
            const std::string_view rest = response.body.substr(at + spec_.polling->id_after.size());
            connection.polled_id = rest.substr(0, rest.find_first_not_of("0123456789"));
            connection.polls = true;
        }
        return Verdict::kAskAgain;
    }

    Verdict unexpected(const HttpResponse& response) {
        if (unexpected_++ == 0)
            first_unexpected_ = std::to_string(response.status) + " " + std::string(response.body.substr(0, 500));
        return Verdict::kUnexpected;
    }

    inline static const std::string kNoValue;
    using Pause = std::pair<Instant, std::size_t>;

    const LoadSpec& spec_;
    const Clock& clock_;
    const int epoll_;
    std::vector<Connection> connections_;
    std::vector<std::size_t> idle_;
    std::deque<Instant> due_;  // of a rate: arrived, with no connection free
    std::priority_queue<Pause, std::vector<Pause>, std::greater<>> pauses_;
    Instant window_begin_;
    Instant window_end_;
    Instant next_due_;
    Instant last_answer_;
    std::size_t begun_ = 0;
    std::size_t busy_ = 0;
    std::uint64_t unique_ = 0;
    Latencies latencies_;
    std::size_t unexpected_ = 0;
    std::string first_unexpected_;
    std::size_t polls_ = 0;
    std::size_t reconnects_ = 0;
};
}  // namespace

nlohmann::json run_http_load(const LoadSpec& spec, const Clock& clock) {
    return HttpLoad(spec, clock).run();
}

}  // namespace stoker::bench
