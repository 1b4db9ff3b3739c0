#pragma once
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include <sys/types.h>

namespace stoker::db {

/// A private Postgres: initdb'd in `folder`, scram only, on a unix socket in a closed folder, default durable settings.
/// As root the server runs as `os_user` (never as root). Binaries: `bin_folder`, or found under /usr/lib/postgresql.
/// `start` returns when it accepts connections; an instance that already runs on the folder is refused with its pid.
/// The destructor stops it (fast shutdown) and waits.
class EmbeddedPostgres {
  public:
    /// Over TCP, with TLS, for the roles of nodes that joined and nobody else.
    struct TlsListener {
        std::string address;  // as Postgres' listen_addresses
        std::filesystem::path certificate;
        std::filesystem::path key;
    };
    struct Settings {
        std::filesystem::path folder;         // pgdata
        std::filesystem::path socket_folder;  // short: a socket path has 107 bytes at most
        std::filesystem::path log_file;
        std::string os_user = "postgres";
        std::filesystem::path bin_folder;
        bool durable = true;  // false in tests only: fsync off
        int port = 5432;      // names the socket, too
        std::optional<TlsListener> nodes;
    };
    static std::unique_ptr<EmbeddedPostgres> start(const Settings& settings);
    ~EmbeddedPostgres();

    /// Connection string of the superuser (role `stoker`), for migrations and role set-up only.
    std::string owner_dsn(const std::string& database = "stoker") const;
    std::string dsn(const std::string& role, const std::string& password, const std::string& database = "stoker") const;
    pid_t pid() const;
    /// false once the server process has ended by itself.
    bool running() const;

  private:
    struct Impl;
    explicit EmbeddedPostgres(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace stoker::db
