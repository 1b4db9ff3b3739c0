#include "db/scram_verifier.h"

#include <stdexcept>

#include "db/libpq.h"

namespace stoker::db {

std::string scram_verifier(const std::string& role, const std::string& password) {
    PgConnection unconnected(PQconnectStart("host=/nowhere"));
    std::unique_ptr<char, decltype(&PQfreemem)> verifier(
        PQencryptPasswordConn(unconnected.get(), password.c_str(), role.c_str(), "scram-sha-256"), &PQfreemem);
    if (!verifier) throw std::runtime_error("cannot encrypt the password of role " + role);
    return verifier.get();
}

}  // namespace stoker::db
