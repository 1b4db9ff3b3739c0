#pragma once
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "api/files/file_error.h"
#include "api/files/file_tree.h"

namespace stoker::api {

/// A file tree and the threads that wait for its disk. What is done to the tree is one plain function, as a transaction
/// is for db::Pool; `run` resumes the caller on its own executor. Thread-safe. `join` before it goes.
class FileStore {
  public:
    /// "" = there is no such tree: every `run` throws ApiError FEATURE_DISABLED.
    FileStore(std::filesystem::path root, const Clock& clock);
    ~FileStore();
    FileStore(const FileStore&) = delete;

    /// `body(FileTree&)`, copied; its captures must be values. A FileError comes out as that API's ApiError.
    ///     auto look = [path](FileTree& tree) { return tree.status(path); };
    ///     co_await store.run(look, FileApi::kDbfs);
    template <class Body>
    auto run(Body& body, FileApi api) {
        return run_copy<std::remove_const_t<Body>>(body, api);
    }

    /// Drops what may have a file to remove, on a thread that may wait for it.
    void drop(std::shared_ptr<NewFile> file);
    /// Ends the threads once they have done what they are at.
    void join();

  private:
    template <class Body>
    using Result = std::invoke_result_t<Body, FileTree&>;

    template <class Body>
    Result<Body> perform(Body body, FileApi api) {
        try {
            return body(tree());
        } catch (const FileError& error) {
            throw api_error(error, api);
        }
    }

    template <class Body>
    boost::asio::awaitable<Result<Body>> run_copy(Body body, FileApi api) {
        co_return co_await boost::asio::co_spawn(
            executor(),
            [](FileStore& store, Body work, FileApi of) -> boost::asio::awaitable<Result<Body>> {
                co_return store.perform<Body>(std::move(work), of);
            }(*this, std::move(body), api),
            boost::asio::use_awaitable);
    }

    boost::asio::any_io_executor executor();
    FileTree& tree();

    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace stoker::api
