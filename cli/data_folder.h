#pragma once
#include <filesystem>
#include <string>

namespace stoker::cli {

/// The `--data-dir` of one installation: makes and checks the layout that ARCHITECTURE.md "The data folder" lists, and
/// holds the folder's lock for as long as it lives. Throws StartError.
class DataFolder {
  public:
    /// As root, other OS users (Postgres, kernels) must be able to reach the folder. When a parent is closed to them,
    /// the folder is bind-mounted at /run/stoker/<hash> in a mount namespace of this process's own, and `root()` names
    /// that place.
    static DataFolder open(const std::filesystem::path& chosen);
    DataFolder(DataFolder&& other) noexcept;
    DataFolder& operator=(DataFolder&&) = delete;
    ~DataFolder();

    const std::filesystem::path& root() const { return root_; }
    std::filesystem::path postgres() const { return root_ / "postgres"; }
    std::filesystem::path sockets() const { return root_ / "run"; }
    std::filesystem::path environments() const { return root_ / "environments"; }
    std::filesystem::path dbfs() const { return root_ / "storage/dbfs"; }
    std::filesystem::path mlflow_artifacts() const { return root_ / "storage/mlflow"; }
    std::filesystem::path workers() const { return root_ / "workers"; }
    std::filesystem::path logs() const { return root_ / "logs"; }
    std::filesystem::path connection_file() const { return root_ / "connection.json"; }

    /// A secret of this installation, made at first use: 64 hex digits in secrets/<name>, 0600.
    std::string secret(const std::string& name) const;
    /// Writes secrets/<name> (0600), for what another process of ours reads; the path is returned.
    std::filesystem::path write_secret(const std::string& name, const std::string& value) const;

  private:
    DataFolder(std::filesystem::path root, int lock) : root_(std::move(root)), lock_(lock) {}

    std::filesystem::path root_;
    int lock_;
};

/// Where `up` keeps its data unless told otherwise: /var/lib/stoker as root, else $XDG_DATA_HOME/stoker.
std::filesystem::path default_data_folder();

/// Writes `content` to `file` as one atomic replacement, with the mode from the first byte on.
void write_file(const std::filesystem::path& file, const std::string& content, std::filesystem::perms mode);
/// "" when there is none.
std::string read_file_or_empty(const std::filesystem::path& file);

/// Gives `path` to `os_user` (uid and primary gid). Does nothing when not root or the name is empty.
void give_to(const std::filesystem::path& path, const std::string& os_user);
/// The same for all that is in a folder. Costs nothing when the folder is theirs already.
void give_tree_to(const std::filesystem::path& folder, const std::string& os_user);

}  // namespace stoker::cli
