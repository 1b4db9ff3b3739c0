#pragma once
#include <stdexcept>

namespace stoker::db {

/// Postgres cannot be reached, or not serve now what it may serve later; the API answers 503 with Retry-After.
class Unavailable : public std::runtime_error {
    using std::runtime_error::runtime_error;
};
/// The connection was lost in commit: whether the transaction took effect is not known.
class InDoubt : public std::runtime_error {
    using std::runtime_error::runtime_error;
};
/// Postgres refuses what was asked of it, and would again.
class Refused : public std::runtime_error {
    using std::runtime_error::runtime_error;
};
/// The database was written by a newer stoker.
class NewerDatabase : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

}  // namespace stoker::db
