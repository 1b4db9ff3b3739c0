#include "clusters/process.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <system_error>

#include <dirent.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace stoker::clusters {
namespace {

[[noreturn]] void fail(int error, const std::string& what) {
    throw std::system_error(error, std::generic_category(), what);
}

/// The file that `name` stands for, looked up on the child's own PATH, else on ours.
std::string resolve_program(const std::string& name, const std::map<std::string, std::string>& environ) {
    if (name.find('/') != std::string::npos) return name;
    const auto own = environ.find("PATH");
    const char* ours = std::getenv("PATH");
    for (const std::string& path : {own == environ.end() ? std::string() : own->second, std::string(ours ? ours : ""),
                                    std::string("/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin")}) {
        std::istringstream folders(path);
        for (std::string folder; std::getline(folders, folder, ':');) {
            std::string file = folder + "/" + name;
            if (!folder.empty() && ::access(file.c_str(), X_OK) == 0) return file;
        }
    }
    fail(ENOENT, name);
}

std::vector<std::string> command_of(const SpawnRequest& request) {
    std::vector<std::string> argv = request.argv;
    argv.at(0) = resolve_program(argv[0], request.environ);
    if (::access(argv[0].c_str(), X_OK) != 0) fail(errno, request.argv[0]);
    if (request.os_user.empty() && !request.dies_with_parent) return argv;

    std::vector<std::string> wrapper{resolve_program("setpriv", {})};
    if (!request.os_user.empty()) {
        const UserIds ids = ids_of(request.os_user);
        wrapper.insert(wrapper.end(), {"--reuid", std::to_string(ids.user), "--regid", std::to_string(ids.group)});
        if (request.group_of.empty())
            wrapper.push_back("--init-groups");
        else
            wrapper.insert(wrapper.end(), {"--groups", std::to_string(ids_of(request.group_of).group)});
        wrapper.push_back("--no-new-privs");
    }
    if (request.dies_with_parent) wrapper.insert(wrapper.end(), {"--pdeathsig", "KILL"});
    wrapper.push_back("--");
    argv.insert(argv.begin(), wrapper.begin(), wrapper.end());
    return argv;
}

/// The C form of a list of texts, which must outlive it.
std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> result;
    for (std::string& text : texts) result.push_back(text.data());
    result.push_back(nullptr);
    return result;
}

class FileActions {
  public:
    FileActions() { posix_spawn_file_actions_init(&actions_); }
    ~FileActions() { posix_spawn_file_actions_destroy(&actions_); }
    FileActions(const FileActions&) = delete;
    FileActions& operator=(const FileActions&) = delete;

    void standard_streams(const SpawnRequest& request) {
        check(posix_spawn_file_actions_addopen(&actions_, 0, "/dev/null", O_RDONLY, 0));
        if (request.output_file.empty()) return;
        check(posix_spawn_file_actions_addopen(&actions_, 1, request.output_file.c_str(), O_WRONLY | O_CREAT | O_APPEND,
                                               0600));
        check(posix_spawn_file_actions_adddup2(&actions_, 1, 2));
    }

    /// Every descriptor is first moved out of the way of all the numbers that the child shall see.
    void descriptors(const std::vector<std::pair<int, int>>& pairs) {
        int top = 2;
        for (const auto& [ours, childs] : pairs) top = std::max({top, ours, childs});
        int parked = top;
        for (const auto& [ours, childs] : pairs) check(posix_spawn_file_actions_adddup2(&actions_, ours, ++parked));
        parked = top;
        std::set<int> wanted;
        for (const auto& [ours, childs] : pairs) {
            check(posix_spawn_file_actions_adddup2(&actions_, ++parked, childs));
            wanted.insert(childs);
        }
        const int last = wanted.empty() ? 2 : std::max(2, *wanted.rbegin());
        for (int fd = 3; fd <= last; ++fd) {
            if (!wanted.contains(fd)) check(posix_spawn_file_actions_addclose(&actions_, fd));
        }
        check(posix_spawn_file_actions_addclosefrom_np(&actions_, last + 1));
    }

    void working_folder(const std::filesystem::path& folder) {
        if (!folder.empty()) check(posix_spawn_file_actions_addchdir_np(&actions_, folder.c_str()));
    }

    const posix_spawn_file_actions_t* get() const { return &actions_; }

  private:
    static void check(int error) {
        if (error) fail(error, "posix_spawn_file_actions");
    }
    posix_spawn_file_actions_t actions_;
};

class Attributes {
  public:
    explicit Attributes(bool new_process_group) {
        posix_spawnattr_init(&attributes_);
        sigset_t none, all;
        sigemptyset(&none);
        sigfillset(&all);
        posix_spawnattr_setsigmask(&attributes_, &none);
        posix_spawnattr_setsigdefault(&attributes_, &all);
        short flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
        if (new_process_group) flags |= POSIX_SPAWN_SETPGROUP;
        posix_spawnattr_setpgroup(&attributes_, 0);
        posix_spawnattr_setflags(&attributes_, flags);
    }
    ~Attributes() { posix_spawnattr_destroy(&attributes_); }
    Attributes(const Attributes&) = delete;
    Attributes& operator=(const Attributes&) = delete;
    const posix_spawnattr_t* get() const { return &attributes_; }

  private:
    posix_spawnattr_t attributes_;
};

bool is_number(const char* text) {
    return *text &&
           std::all_of(text, text + std::string_view(text).size(), [](char c) { return c >= '0' && c <= '9'; });
}

/// Parent and children as /proc tells them in one pass; zombies are children too.
struct ProcessTable {
    std::map<pid_t, std::vector<pid_t>> children;
    std::set<pid_t> zombies;
};

ProcessTable read_processes() {
    ProcessTable table;
    DIR* directory = ::opendir("/proc");
    if (!directory) fail(errno, "/proc");
    while (const dirent* entry = ::readdir(directory)) {
        if (!is_number(entry->d_name)) continue;
        std::ifstream file(std::string("/proc/") + entry->d_name + "/stat");
        std::string line;
        if (!std::getline(file, line)) continue;   // it has ended meanwhile
        const auto end_of_name = line.rfind(')');  // the command's name may hold spaces and parentheses
        if (end_of_name == std::string::npos) continue;
        std::istringstream rest(line.substr(end_of_name + 1));
        char state = 0;
        pid_t parent = 0;
        rest >> state >> parent;
        const auto pid = static_cast<pid_t>(std::atoi(entry->d_name));
        table.children[parent].push_back(pid);
        if (state == 'Z') table.zombies.insert(pid);
    }
    ::closedir(directory);
    return table;
}

void collect(const ProcessTable& table, pid_t pid, std::set<pid_t>& found) {
    const auto children = table.children.find(pid);
    if (children == table.children.end()) return;
    for (const pid_t child : children->second) {
        if (found.insert(child).second) collect(table, child, found);
    }
}

}  // namespace

pid_t spawn(const SpawnRequest& request) {
    if (request.argv.empty()) fail(EINVAL, "spawn: no command");
    std::vector<std::string> argv = command_of(request);
    std::vector<std::string> environ;
    for (const auto& [name, value] : request.environ) environ.push_back(name + "=" + value);

    FileActions actions;
    actions.standard_streams(request);
    actions.descriptors(request.descriptors);
    actions.working_folder(request.working_folder);
    const Attributes attributes(request.new_process_group);
    pid_t pid = 0;
    const std::string program = argv[0];
    const int error = ::posix_spawn(&pid, program.c_str(), actions.get(), attributes.get(), pointers(argv).data(),
                                    pointers(environ).data());
    if (error) fail(error, request.argv[0]);
    return pid;
}

UserIds ids_of(const std::string& os_user) {
    passwd entry{};
    passwd* found = nullptr;
    std::vector<char> buffer(16384);
    const int error = ::getpwnam_r(os_user.c_str(), &entry, buffer.data(), buffer.size(), &found);
    if (!found) fail(error ? error : ENOENT, "OS user " + os_user);
    return {found->pw_uid, found->pw_gid};
}

void become_subreaper() {
    if (::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0) fail(errno, "prctl(PR_SET_CHILD_SUBREAPER)");
}

void become_undumpable() {
    if (::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) fail(errno, "prctl(PR_SET_DUMPABLE)");
}

std::vector<pid_t> descendants(pid_t pid) {
    const ProcessTable table = read_processes();
    std::set<pid_t> found;
    collect(table, pid, found);
    std::vector<pid_t> living;
    for (const pid_t child : found) {
        if (!table.zombies.contains(child)) living.push_back(child);
    }
    return living;
}

void kill_tree(pid_t pid) {
    // All are stopped before the first is killed: a process that is stopped forks no more, and one whose parent still
    // lives has not been adopted by somebody else.
    ::kill(pid, SIGSTOP);
    std::set<pid_t> stopped;
    for (bool grown = true; grown;) {
        grown = false;
        std::set<pid_t> found;
        collect(read_processes(), pid, found);
        for (const pid_t child : found) {
            if (stopped.insert(child).second) {
                ::kill(child, SIGSTOP);
                grown = true;
            }
        }
    }
    for (const pid_t child : stopped) ::kill(child, SIGKILL);
    ::kill(pid, SIGKILL);
}

int end_strays(const std::set<pid_t>& known) {
    int ended = 0;
    for (bool found = true; found;) {
        found = false;
        const ProcessTable table = read_processes();
        const auto children = table.children.find(::getpid());
        if (children == table.children.end()) return ended;
        for (const pid_t child : children->second) {
            if (known.contains(child)) continue;
            found = true;
            kill_tree(child);
            int status = 0;
            pid_t reaped = 0;
            do {
                reaped = ::waitpid(child, &status, 0);
            } while (reaped < 0 && errno == EINTR);
            ++ended;
        }
    }
    return ended;
}

int open_pidfd(pid_t pid) {
    const auto fd = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));  // close-on-exec by its nature
    if (fd < 0) fail(errno, "pidfd_open");
    return fd;
}

}  // namespace stoker::clusters
