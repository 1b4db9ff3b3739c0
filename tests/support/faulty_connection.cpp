#include "tests/support/faulty_connection.h"

#include <stdexcept>

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/support/pg_database.h"

namespace stoker::test {
namespace {
sockaddr_un address_of(const std::filesystem::path& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.string().copy(address.sun_path, sizeof address.sun_path - 1);
    return address;
}

// false at the end of the stream.
bool copy(int from, int to, std::string* seen) {
    char buffer[65536];
    ssize_t count = read(from, buffer, sizeof buffer);
    if (count <= 0) return false;
    if (seen) seen->assign(buffer, static_cast<std::size_t>(count));
    return write(to, buffer, static_cast<std::size_t>(count)) == count;
}
}  // namespace

FaultyConnection::FaultyConnection(const std::filesystem::path& server_socket_folder, std::string trigger)
    : folder_(new_folder()),
      server_socket_(server_socket_folder / ".s.PGSQL.5432"),
      trigger_(std::move(trigger)),
      listening_(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address = address_of(folder_ / ".s.PGSQL.5432");
    if (bind(listening_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 || listen(listening_, 8) != 0)
        throw std::runtime_error("cannot listen in " + folder_.string());
    thread_ = std::thread([this] { serve(); });
}

FaultyConnection::~FaultyConnection() {
    shutdown(listening_, SHUT_RDWR);
    thread_.join();
    close(listening_);
    std::filesystem::remove_all(folder_);
}

void FaultyConnection::serve() {
    for (int client = accept(listening_, nullptr, nullptr); client >= 0;
         client = accept(listening_, nullptr, nullptr)) {
        pass_on(client);
        close(client);
    }
}

void FaultyConnection::pass_on(int client) {
    int server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address = address_of(server_socket_);
    bool alive = connect(server, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    bool swallow_answer = false;
    while (alive) {
        pollfd polled[] = {{client, POLLIN, 0}, {server, POLLIN, 0}, {listening_, 0, 0}};
        if (poll(polled, 3, -1) < 0 || polled[2].revents) break;  // shut down
        if (polled[1].revents) {
            if (swallow_answer) {
                failed_ = true;
                break;
            }
            alive = copy(server, client, nullptr);
        }
        if (polled[0].revents) {
            std::string sent;
            alive = copy(client, server, &sent) && alive;
            swallow_answer = !failed_ && sent.find(trigger_) != std::string::npos;
        }
    }
    close(server);
}

}  // namespace stoker::test
