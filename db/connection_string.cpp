#include "db/connection_string.h"

#include <map>
#include <memory>
#include <stdexcept>

#include <libpq-fe.h>

namespace stoker::db {
namespace {
using Parameters = std::map<std::string, std::string>;

Parameters parse(const std::string& dsn) {
    char* problem = nullptr;
    std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options(PQconninfoParse(dsn.c_str(), &problem),
                                                                         &PQconninfoFree);
    PQfreemem(problem);  // libpq's own text may quote the string, password and all
    if (!options)
        throw std::invalid_argument(
            "the database URL is not a Postgres connection string (postgresql://user:password@host:port/database)");
    Parameters parameters;
    for (const PQconninfoOption* option = options.get(); option->keyword; ++option)
        if (option->val && *option->val) parameters[option->keyword] = option->val;
    return parameters;
}

std::string quoted(const std::string& value) {
    std::string text = "'";
    for (char c : value) {
        if (c == '\'' || c == '\\') text += '\\';
        text += c;
    }
    return text + "'";
}

std::string percent_encoded(const std::string& value) {
    constexpr char kDigits[] = "0123456789ABCDEF";
    std::string text;
    for (unsigned char c : value) {
        if (std::isalnum(c) || c == '-' || c == '_' || c == '.' || c == '~') {
            text += static_cast<char>(c);
        } else {
            text += '%';
            text += kDigits[c >> 4];
            text += kDigits[c & 15];
        }
    }
    return text;
}
}  // namespace

std::string with_login(const std::string& dsn, const Login& login) {
    Parameters parameters = parse(dsn);
    if (login.role) parameters["user"] = *login.role;
    if (login.password) parameters["password"] = *login.password;
    if (login.database) parameters["dbname"] = *login.database;
    if (login.host) parameters["host"] = *login.host;
    if (login.port) parameters["port"] = *login.port;
    if (login.root_certificate) parameters["sslrootcert"] = *login.root_certificate;
    std::string text;
    for (const auto& [key, value] : parameters) text += (text.empty() ? "" : " ") + key + "=" + quoted(value);
    return text;
}

std::string as_url_without_password(const std::string& dsn, const std::string& scheme) {
    Parameters parameters = parse(dsn);
    std::string url =
        scheme + "://" + percent_encoded(parameters["user"]) + "@/" + percent_encoded(parameters["dbname"]);
    char separator = '?';
    for (const auto& [key, value] : parameters) {
        if (key == "user" || key == "password" || key == "dbname") continue;
        url += separator + key + "=" + percent_encoded(value);
        separator = '&';
    }
    return url;
}

}  // namespace stoker::db
