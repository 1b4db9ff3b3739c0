#include "api/files/file_store.h"

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

namespace stoker::api {
namespace {
constexpr std::size_t kThreads = 4;
}

struct FileStore::Impl {
    Impl(std::filesystem::path root, const Clock& clock) : has_root(!root.empty()), tree(std::move(root), clock) {}

    const bool has_root;
    FileTree tree;
    boost::asio::thread_pool threads{kThreads};
};

FileStore::FileStore(std::filesystem::path root, const Clock& clock)
    : impl_(std::make_unique<Impl>(std::move(root), clock)) {}

FileStore::~FileStore() = default;

void FileStore::drop(std::shared_ptr<NewFile> file) {
    boost::asio::post(impl_->threads, [dropped = std::move(file)] {});
}

void FileStore::join() {
    impl_->threads.join();
}

boost::asio::any_io_executor FileStore::executor() {
    return impl_->threads.get_executor();
}

FileTree& FileStore::tree() {
    if (!impl_->has_root)
        throw ApiError(ErrorCode::kFeatureDisabled,
                       "This server has no DBFS: start it with `stoker up`, or give `stoker server` the option "
                       "--dbfs-root.");
    return impl_->tree;
}

}  // namespace stoker::api
