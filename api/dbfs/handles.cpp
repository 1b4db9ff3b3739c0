#include "api/dbfs/endpoints.h"
#include "api/files/transfer.h"
#include "core/error.h"
#include "core/json_reader.h"
#include "db/dbfs_handle_store.h"
#include "db/pool.h"

// create, add-block, close: a file written in blocks, each of which any server may receive.
namespace stoker::api::dbfs {
namespace {
ApiError no_such_handle(std::int64_t handle) {
    return {ErrorCode::kResourceDoesNotExist, "No file is open under handle " + std::to_string(handle) +
                                                  ". A handle ends when it is closed, and after 10 idle minutes."};
}

boost::asio::awaitable<db::DbfsHandle> open_handle(Services& services, std::int64_t handle, std::string user_name) {
    auto use = [handle, user_name](db::Transaction& tx) { return db::use_dbfs_handle(tx, handle, user_name); };
    std::optional<db::DbfsHandle> found = co_await services.pool.run_statement(use);
    if (!found) throw no_such_handle(handle);
    co_return std::move(*found);
}

/// What lies there for the handle. Nothing does when it has just been closed, or somebody has cleared the folder.
std::shared_ptr<NewFile> unfinished_file(FileTree& tree, const db::DbfsHandle& opened, std::int64_t handle) {
    try {
        return tree.resume_file(opened.file_name);
    } catch (const FileError& error) {
        if (error.problem == FileProblem::kMissing) throw no_such_handle(handle);
        throw;
    }
}
}  // namespace

Answer create(Services& services, Request& request) {
    const JsonReader parameters(request.parameters);
    db::DbfsHandle opened;
    opened.path = parse_path(parameters);
    opened.overwrite = parameters.boolean_or("overwrite", false);
    authorize_files(request);
    auto begin = [path = opened.path, overwrite = opened.overwrite](FileTree& tree) {
        tree.check_target(path, overwrite ? Overwrite::kYes : Overwrite::kNo);
        return tree.begin_file();
    };
    std::shared_ptr<NewFile> begun = co_await services.dbfs.run(begin, FileApi::kDbfs);
    const UnpublishedFile file(services, std::move(begun));
    opened.file_name = file.get()->name();
    auto insert = [opened, user_name = request.principal.user_name](db::Transaction& tx) {
        return db::open_dbfs_handle(tx, user_name, opened);
    };
    const std::int64_t handle = co_await services.pool.run_statement(insert);
    file.get()->keep();
    co_return json_response({{"handle", handle}});
}

Answer add_block(Services& services, Request& request) {
    const JsonReader parameters(request.parameters);
    const std::int64_t handle = parameters.integer("handle");
    const auto block = std::make_shared<const std::string>(parse_block(parameters, "data"));
    authorize_files(request);
    const db::DbfsHandle opened = co_await open_handle(services, handle, request.principal.user_name);
    auto append = [opened, handle, block](FileTree& tree) { unfinished_file(tree, opened, handle)->append(*block); };
    co_await services.dbfs.run(append, FileApi::kDbfs);
    co_return Response{};
}

Answer close(Services& services, Request& request) {
    const JsonReader parameters(request.parameters);
    const std::int64_t handle = parameters.integer("handle");
    authorize_files(request);
    const db::DbfsHandle opened = co_await open_handle(services, handle, request.principal.user_name);
    auto publish = [opened, handle](FileTree& tree) {
        unfinished_file(tree, opened, handle)
            ->publish(opened.path, opened.overwrite ? Overwrite::kYes : Overwrite::kNo);
    };
    co_await services.dbfs.run(publish, FileApi::kDbfs);
    auto forget = [handle](db::Transaction& tx) { db::close_dbfs_handle(tx, handle); };
    co_await services.pool.run_statement(forget);
    co_return Response{};
}

}  // namespace stoker::api::dbfs
