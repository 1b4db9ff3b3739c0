#include "db/embedded_postgres.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <fstream>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/random.h"
#include "db/connection_string.h"
#include "db/libpq.h"

extern char** environ;

namespace stoker::db {
namespace {
namespace fs = std::filesystem;
using namespace std::chrono_literals;
constexpr const char* kRole = "stoker";
constexpr const char* kDatabase = "stoker";
// From other machines: roles of nodes, to this database, with TLS; stoker_worker itself is this machine's.
constexpr const char* kHbaForNodes =
    "local all all scram-sha-256\n"
    "host all stoker,stoker_worker all reject\n"
    "hostssl stoker +stoker_worker all scram-sha-256\n";
constexpr int kDefaultPort = 5432;
constexpr int kStartTries = 600;
constexpr auto kStartPause = 50ms;

[[noreturn]] void refuse(const std::string& line) {
    throw std::runtime_error(line);
}

fs::path find_binaries(const fs::path& given) {
    if (!given.empty()) {
        if (fs::exists(given / "initdb") && fs::exists(given / "postgres")) return given;
        refuse("no initdb and postgres in " + given.string() + ": name the folder of Postgres' server programs");
    }
    std::vector<std::pair<int, fs::path>> found;
    std::error_code ignored;
    for (const auto& version : fs::directory_iterator("/usr/lib/postgresql", ignored))
        if (fs::exists(version.path() / "bin/initdb"))
            found.emplace_back(std::atoi(version.path().filename().c_str()), version.path() / "bin");
    if (found.empty())
        refuse("Postgres is not installed (no /usr/lib/postgresql/*/bin/initdb): apt-get install postgresql");
    return std::max_element(found.begin(), found.end())->second;
}

pid_t spawn(const std::vector<std::string>& arguments, const fs::path& output) {
    std::vector<char*> argv;
    for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
    argv.push_back(nullptr);
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, output.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    posix_spawn_file_actions_adddup2(&files, STDOUT_FILENO, STDERR_FILENO);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    // A group of its own: a Ctrl-C at the terminal is for us, who then stop it in order.
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&attributes, &none);
    pid_t pid = 0;
    int error = posix_spawnp(&pid, argv[0], &files, &attributes, argv.data(), environ);
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attributes);
    if (error) refuse("cannot start " + arguments[0] + ": " + std::string(strerror(error)));
    return pid;
}

std::string last_lines(const fs::path& file) {
    std::ifstream stream(file);
    std::string text((std::istreambuf_iterator<char>(stream)), {});
    return text.size() > 600 ? text.substr(text.size() - 600) : text;
}

// The pid of a postmaster that lives on the folder. A file that a crash left behind names a dead process, or one that
// is no postmaster; Postgres itself then replaces the file.
std::optional<pid_t> running_on(const fs::path& folder) {
    std::ifstream file(folder / "postmaster.pid");
    pid_t pid = 0;
    if (!(file >> pid) || pid <= 0) return std::nullopt;
    std::ifstream name("/proc/" + std::to_string(pid) + "/comm");
    std::string command;
    if (!(name >> command) || !command.starts_with("postgres")) return std::nullopt;
    return pid;
}
}  // namespace

struct EmbeddedPostgres::Impl {
    Settings settings;
    fs::path binaries;
    std::string password;
    std::optional<passwd> user;  // who the server runs as, when we are root
    pid_t pid = 0;
    mutable std::mutex mutex;  // guards ended; the postmaster is waited for by its own thread
    std::condition_variable changed;
    bool ended = false;
    bool leave = false;
    std::thread keeper;

    // As root, through setpriv, which changes the user and arms the death signal: SIGINT, the fast shutdown, comes when
    // the spawning thread ends, be it by kill -9 of the whole process.
    std::vector<std::string> as_user(std::vector<std::string> command, bool dies_with_us) const {
        std::vector<std::string> prefix;
        if (user || dies_with_us) prefix.push_back("setpriv");
        if (user)
            prefix.insert(prefix.end(), {"--reuid", std::to_string(user->pw_uid), "--regid",
                                         std::to_string(user->pw_gid), "--clear-groups"});
        if (dies_with_us) prefix.insert(prefix.end(), {"--pdeathsig", "INT"});
        prefix.insert(prefix.end(), command.begin(), command.end());
        return prefix;
    }

    void run(const std::vector<std::string>& command, const std::string& what) {
        int status = 0;
        waitpid(spawn(as_user(command, false), settings.log_file), &status, 0);
        if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) refuse(what + ": " + last_lines(settings.log_file));
    }

    void give_to_user(const fs::path& path) const {
        if (user && chown(path.c_str(), user->pw_uid, user->pw_gid) != 0)
            refuse("cannot give " + path.string() + " to user " + settings.os_user + ": " + strerror(errno));
    }

    void make_folders() {
        for (const fs::path& folder : {settings.folder, settings.socket_folder}) {
            fs::create_directories(folder);
            give_to_user(folder);
            fs::permissions(folder, fs::perms::owner_all);
        }
        fs::create_directories(settings.log_file.parent_path());
        if (!user) return;
        int status = 0;
        waitpid(spawn(as_user({"test", "-w", settings.folder.string()}, false), settings.log_file), &status, 0);
        if (status != 0)
            refuse("user " + settings.os_user + " cannot reach " + settings.folder.string() +
                   ": a folder above it is closed; choose a data folder such as /var/lib/stoker");
    }

    fs::path password_file() const { return settings.folder.string() + ".password"; }

    void read_password() {
        std::ifstream file(password_file());
        if (!(file >> password))
            refuse("the password of " + settings.folder.string() + " is missing (" + password_file().string() + ")");
    }

    // Into a folder beside, so that a start that is killed midway leaves nothing that looks like a database.
    void init() {
        fs::path fresh = settings.folder.string() + ".new";
        fs::remove_all(fresh);
        fs::create_directory(fresh);
        give_to_user(fresh);
        password = random_hex(24);
        {
            std::ofstream file(password_file());
            fs::permissions(password_file(), fs::perms::owner_read | fs::perms::owner_write);
            file << password << "\n";
            if (!file.flush()) refuse("cannot write " + password_file().string());
        }
        fs::path copy = settings.socket_folder / "initdb-password";
        fs::copy_file(password_file(), copy, fs::copy_options::overwrite_existing);
        give_to_user(copy);
        std::vector<std::string> command{(binaries / "initdb").string(),
                                         "-D",
                                         fresh.string(),
                                         "-U",
                                         kRole,
                                         "--pwfile=" + copy.string(),
                                         "--auth=scram-sha-256",
                                         "--encoding=UTF8",
                                         "--locale=C.UTF-8"};
        if (!settings.durable) command.push_back("--no-sync");
        run(command, "initdb failed in " + settings.folder.string());
        fs::remove(copy);
        fs::rename(fresh, settings.folder);
    }

    struct TlsFiles {
        fs::path certificate, key, hba;
    };

    // Postgres reads none that others own.
    TlsFiles place_tls_files() const {
        const fs::path folder = settings.folder.string() + ".tls";
        fs::create_directories(folder);
        fs::permissions(folder, fs::perms::owner_all);
        const TlsFiles files{folder / "server.crt", folder / "server.key", folder / "hba.conf"};
        fs::copy_file(settings.nodes->certificate, files.certificate, fs::copy_options::overwrite_existing);
        fs::copy_file(settings.nodes->key, files.key, fs::copy_options::overwrite_existing);
        std::ofstream(files.hba) << kHbaForNodes;
        for (const fs::path& file : {files.certificate, files.key, files.hba}) {
            fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write);
            give_to_user(file);
        }
        give_to_user(folder);
        return files;
    }

    void launch() {
        std::vector<std::string> command{(binaries / "postgres").string(),
                                         "-D",
                                         settings.folder.string(),
                                         "-k",
                                         settings.socket_folder.string(),
                                         "-c",
                                         "listen_addresses=" + (settings.nodes ? settings.nodes->address : ""),
                                         "-c",
                                         "port=" + std::to_string(settings.port),
                                         "-c",
                                         "unix_socket_permissions=0770",
                                         "-c",
                                         "max_connections=200"};
        if (settings.nodes) {
            const TlsFiles files = place_tls_files();
            for (const std::string& option : {"ssl=on", "ssl_cert_file=" + files.certificate.string(),
                                              "ssl_key_file=" + files.key.string(), "hba_file=" + files.hba.string()})
                command.insert(command.end(), {"-c", option});
        }
        if (!settings.durable)
            for (const char* option : {"fsync=off", "synchronous_commit=off", "full_page_writes=off"})
                command.insert(command.end(), {"-c", option});
        // Its group reaches the socket and can put nothing in its place.
        if (user)
            fs::permissions(settings.socket_folder,
                            fs::perms::owner_all | fs::perms::group_read | fs::perms::group_exec);
        std::exception_ptr failure;
        std::mutex started_mutex;
        std::condition_variable started;
        bool is_started = false;
        keeper = std::thread([&, command] {
            pid_t child = 0;
            try {
                child = spawn(as_user(command, true), settings.log_file);
            } catch (...) {
                failure = std::current_exception();
            }
            {
                std::lock_guard lock(started_mutex);
                pid = child;
                is_started = true;
                started.notify_one();
            }
            if (child) keep(child);
        });
        std::unique_lock lock(started_mutex);
        started.wait(lock, [&] { return is_started; });
        lock.unlock();
        if (failure) {
            keeper.join();
            std::rethrow_exception(failure);
        }
    }

    // This thread spawned the postmaster and must outlive it: the death signal follows the thread.
    void keep(pid_t child) {
        int status = 0;
        while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
        std::lock_guard lock(mutex);
        ended = true;
        changed.notify_all();
    }

    bool has_ended() const {
        std::lock_guard lock(mutex);
        return ended;
    }

    std::string dsn(const std::string& database) const { return with_login("", login(kRole, password, database)); }

    Login login(const std::string& role, const std::string& role_password, const std::string& database) const {
        return {.role = role,
                .password = role_password,
                .database = database,
                .host = settings.socket_folder.string(),
                .port = settings.port == kDefaultPort ? std::nullopt : std::optional(std::to_string(settings.port))};
    }

    void wait_until_ready() {
        for (int attempt = 0; attempt < kStartTries; ++attempt) {
            PgConnection connection(PQconnectdb(dsn("postgres").c_str()));
            if (PQstatus(connection.get()) == CONNECTION_OK) return;
            std::unique_lock lock(mutex);
            if (changed.wait_for(lock, kStartPause, [&] { return ended; })) break;
        }
        refuse("Postgres did not start, see " + settings.log_file.string() + ": " + last_lines(settings.log_file));
    }

    void ensure_database() {
        PgConnection connection(PQconnectdb(dsn("postgres").c_str()));
        PgResult created(PQexec(connection.get(), ("CREATE DATABASE " + std::string(kDatabase)).c_str()));
        const char* code = PQresultErrorField(created.get(), PG_DIAG_SQLSTATE);
        if (code && std::string(code) != "42P04")
            refuse("cannot create the database: " + std::string(PQerrorMessage(connection.get())));
    }

    void stop() {
        if (!keeper.joinable()) return;
        if (!has_ended()) kill(pid, SIGINT);
        keeper.join();
    }
};

EmbeddedPostgres::EmbeddedPostgres(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

std::unique_ptr<EmbeddedPostgres> EmbeddedPostgres::start(const Settings& settings) {
    auto impl = std::make_unique<Impl>();
    impl->settings = settings;
    impl->binaries = find_binaries(settings.bin_folder);
    if ((settings.socket_folder / (".s.PGSQL." + std::to_string(settings.port))).string().size() > 107)
        refuse("the socket folder's path is too long (107 bytes with the socket's name): " +
               settings.socket_folder.string());
    if (geteuid() == 0) {
        const passwd* user = getpwnam(settings.os_user.c_str());
        if (!user)
            refuse("there is no user " + settings.os_user +
                   " to run Postgres as: apt-get install postgresql, or name another");
        impl->user = *user;
    }
    if (auto pid = running_on(settings.folder))
        refuse("Postgres runs on " + settings.folder.string() + " already (pid " + std::to_string(*pid) +
               "): stop that stoker first");
    impl->make_folders();
    if (fs::exists(settings.folder / "PG_VERSION"))
        impl->read_password();
    else
        impl->init();
    std::unique_ptr<EmbeddedPostgres> server(new EmbeddedPostgres(std::move(impl)));
    server->impl_->launch();
    server->impl_->wait_until_ready();
    server->impl_->ensure_database();
    return server;
}

EmbeddedPostgres::~EmbeddedPostgres() {
    impl_->stop();
}

std::string EmbeddedPostgres::owner_dsn(const std::string& database) const {
    return impl_->dsn(database);
}

std::string EmbeddedPostgres::dsn(const std::string& role, const std::string& password,
                                  const std::string& database) const {
    return with_login("", impl_->login(role, password, database));
}

pid_t EmbeddedPostgres::pid() const {
    return impl_->pid;
}

bool EmbeddedPostgres::running() const {
    return !impl_->has_ended();
}

}  // namespace stoker::db
