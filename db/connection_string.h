#pragma once
#include <optional>
#include <string>

namespace stoker::db {

/// What to change in a libpq connection string; nullopt = leave as it is.
struct Login {
    std::optional<std::string> role;
    std::optional<std::string> password;
    std::optional<std::string> database;
    std::optional<std::string> host;
    std::optional<std::string> port;
    std::optional<std::string> root_certificate;  // file
};
/// `dsn` (key=value or URL) with another login, as key=value. Throws std::invalid_argument when libpq cannot read it;
/// the message repeats no password.
std::string with_login(const std::string& dsn, const Login& login);
/// As a URL without its password, for programs that take no key=value form (SQLAlchemy, with `driver` "postgresql").
std::string as_url_without_password(const std::string& dsn, const std::string& scheme);

}  // namespace stoker::db
