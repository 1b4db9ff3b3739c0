#include "db/own_address.h"

#include <netdb.h>
#include <sys/socket.h>

#include "db/transaction.h"

namespace stoker::db {

std::string own_address(Transaction& tx) {
    constexpr std::string_view kOldInNew = "::ffff:";  // IPv4 by a socket of IPv6
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    char text[NI_MAXHOST] = "";
    const auto* generic = reinterpret_cast<const sockaddr*>(&address);
    const bool known = getsockname(tx.socket(), reinterpret_cast<sockaddr*>(&address), &size) == 0 &&
                       (address.ss_family == AF_INET || address.ss_family == AF_INET6) &&
                       getnameinfo(generic, size, text, sizeof text, nullptr, 0, NI_NUMERICHOST) == 0;
    if (!known) return "";
    const std::string_view found = text;
    return std::string(found.starts_with(kOldInNew) ? found.substr(kOldInNew.size()) : found);
}

}  // namespace stoker::db
