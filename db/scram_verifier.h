#pragma once
#include <string>

namespace stoker::db {

/// What Postgres stores of a role's password, made without a connection. It logs nobody in.
std::string scram_verifier(const std::string& role, const std::string& password);

}  // namespace stoker::db
