#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace stoker::dbfs_mount {

/// What the server says of a file or a folder.
struct FileInfo {
    bool is_dir = false;
    std::int64_t size = 0;
    std::int64_t modified_ns = 0;
    std::string tag;  // of a file: while it stays, so does the content
};
struct NamedFile {
    std::string name;
    FileInfo info;
};

enum class Replace { kNo, kYes };

/// How the server is called.
struct ServerDoor {
    std::string url;  // up to the names of its calls
    std::string token;
    std::string authority;  // file of the one that vouches for it (PEM); "" = the machine's own do
};

/// DBFS through the server's API, /api/stoker/v1/files. Paths are absolute. Every call blocks, for a while at most, and
/// throws std::system_error with what a system call would have said; EIO when the server cannot be reached.
/// Thread-safe.
class ServerFiles {
  public:
    /// `authority` as in ServerDoor.
    ServerFiles(const std::string& server_url, std::string token, std::string authority);

    FileInfo status(const std::string& path) const;
    std::vector<NamedFile> list(const std::string& path) const;
    /// The content, at the end of `file`; the tag it has.
    std::string download(const std::string& path, int file) const;
    /// All of `file`; Replace::kNo: EEXIST when something is there.
    FileInfo upload(const std::string& path, int file, Replace replace) const;
    void make_directory(const std::string& path) const;
    void remove_directory(const std::string& path) const;
    void remove(const std::string& path) const;
    void rename(const std::string& from, const std::string& to, Replace replace) const;
    void link(const std::string& from, const std::string& to) const;
    void set_modified(const std::string& path, std::int64_t modified_ns) const;

  private:
    const ServerDoor door_;
};

}  // namespace stoker::dbfs_mount
