#pragma once
#include <filesystem>
#include <string>
#include <string_view>

#include "api/files/file_status.h"
#include "api/files/root_folder.h"

namespace stoker::api {

/// A file that nobody sees before it is published: it lies in the hidden folder. One thread at a time.
class NewFile {
  public:
    /// Throws FileError, as everything here.
    explicit NewFile(std::filesystem::path root);
    /// One that was made before, here or on another server of this root, and left there by `keep`.
    NewFile(std::filesystem::path root, std::string name);
    /// Removes it unless it was published or kept.
    ~NewFile();
    NewFile(const NewFile&) = delete;
    NewFile& operator=(const NewFile&) = delete;

    const std::string& name() const { return name_; }
    /// Appends all of it or none. Who else appends to the same file waits.
    void append(std::string_view bytes);
    /// Leaves it for a later NewFile of that name.
    void keep() { keeps_ = true; }
    /// On disk, then visible at `path`, in one step: its folders are made, and what was there is replaced or, with
    /// Overwrite::kNo, in the way. A folder is always in the way.
    FileStatus publish(const std::string& path, Overwrite overwrite);

  private:
    const std::filesystem::path root_;
    const FileDescriptor hidden_;
    std::string name_;
    FileDescriptor file_;
    bool keeps_ = false;
};

}  // namespace stoker::api
