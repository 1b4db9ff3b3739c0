#pragma once
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "core/dbfs.h"
#include "core/hash.h"
#include "tests/api/api_pgtest.h"
#include "tests/support/pg_database.h"

namespace stoker::test {

struct HasDbfsRoot {
    HasDbfsRoot() { std::filesystem::create_directories(root); }
    ~HasDbfsRoot() { std::filesystem::remove_all(root.parent_path()); }
    api::Settings settings() const {
        api::Settings settings;
        settings.dbfs_root = root;
        settings.dbfs_list_limit = 5;
        return settings;
    }
    const std::filesystem::path root = new_folder() / "dbfs";
};

/// A server with a DBFS root of its own.
class DbfsTest : protected HasDbfsRoot, public ApiTest {
  protected:
    DbfsTest() : ApiTest(HasDbfsRoot::settings()) {}

    HttpAnswer dbfs(const std::string& call, const nlohmann::json& body) { return post("/api/2.0/dbfs/" + call, body); }
    HttpAnswer look(const std::string& call, const nlohmann::json& body) {
        return ask("GET", "/api/2.0/dbfs/" + call, body);
    }
    void put(const std::string& path, const std::string& bytes) {
        EXPECT_EQ(ask_raw("PUT", "/dbfs" + path, bytes).status, 200);
    }
    HttpAnswer ask_raw(const std::string& method, const std::string& target, const std::string& body = "",
                       const std::string& headers = "") {
        HttpConnection connection(api.port());
        return connection.ask(method, target, body, bearer(token) + headers);
    }
    std::string on_disk(const std::string& path) const {
        std::ifstream file(root / path.substr(1), std::ios::binary);
        return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    }
    /// Names in the root, and how many files are unfinished.
    std::vector<std::string> names() const {
        std::vector<std::string> found;
        for (const auto& entry : std::filesystem::directory_iterator(root))
            if (entry.path().filename() != kDbfsHiddenFolder) found.push_back(entry.path().filename());
        std::ranges::sort(found);
        return found;
    }
    std::size_t unfinished() const {
        const auto hidden = root / kDbfsHiddenFolder;
        if (!std::filesystem::exists(hidden)) return 0;
        return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(hidden), {}));
    }
    /// Waits for the files of requests that are over to be removed: that happens beside their answers.
    bool nothing_is_unfinished() const {
        const int events = inotify_init1(IN_CLOEXEC);
        inotify_add_watch(events, (root / kDbfsHiddenFolder).c_str(), IN_DELETE);
        char buffer[4096];
        pollfd patience{events, POLLIN, 0};
        while (unfinished() > 0 && poll(&patience, 1, 20'000) == 1 && ::read(events, buffer, sizeof buffer) > 0) {
        }
        ::close(events);
        return unfinished() == 0;
    }
    static std::string error(const HttpAnswer& answer) {
        return std::to_string(answer.status) + " " + answer.json().value("error_code", "");
    }
};

}  // namespace stoker::test
