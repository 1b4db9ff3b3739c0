#pragma once
#include <functional>
#include <memory>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "api/files/file_error.h"
#include "api/files/new_file.h"

namespace stoker::api {

class Exchange;
struct Request;
struct Services;

/// Up to so many bytes; 0 = the end.
using ReadBytes = std::function<boost::asio::awaitable<std::size_t>(char* data, std::size_t size)>;

/// Holds a new file for a coroutine; what was not published is removed without keeping the I/O thread.
class UnpublishedFile {
  public:
    UnpublishedFile(Services& services, std::shared_ptr<NewFile> file) : services_(services), file_(std::move(file)) {}
    ~UnpublishedFile();
    UnpublishedFile(const UnpublishedFile&) = delete;
    const std::shared_ptr<NewFile>& get() const { return file_; }

  private:
    Services& services_;
    std::shared_ptr<NewFile> file_;
};

/// A new file of all that `read` gives, not published yet.
boost::asio::awaitable<std::shared_ptr<NewFile>> store_bytes(Services& services, FileApi api, ReadBytes read);

/// The request's body becomes the file at `path`, whose status it returns.
boost::asio::awaitable<FileStatus> receive_file(Services& services, Exchange& exchange, FileApi api, std::string path,
                                                Overwrite overwrite);
/// The file as the answer; honours Range, If-Unmodified-Since and HEAD.
boost::asio::awaitable<void> send_file(Services& services, const Request& request, Exchange& exchange, FileApi api,
                                       std::string path);

}  // namespace stoker::api
