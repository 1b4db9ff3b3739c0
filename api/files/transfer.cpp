#include "api/files/transfer.h"

#include "api/files/byte_range.h"
#include "api/files/file_store.h"
#include "api/files/http_date.h"
#include "api/http/exchange.h"
#include "api/services.h"

namespace stoker::api {
namespace {
constexpr std::size_t kPart = 256 * 1024;  // what one trip to a thread reads or writes

void check_unmodified(const Request& request, const FileStatus& status) {
    const auto since = parse_http_date(request.headers.get("If-Unmodified-Since"));
    // The header's time has whole seconds only.
    if (since && status.modified / 1000 * 1000 > *since)
        throw ApiError(ErrorCode::kPreconditionFailed,
                       "The file " + status.path + " has changed since " + http_date(*since) + ".");
}

Response head_of(const FileStatus& status, const std::optional<ByteRange>& range) {
    Response head;
    head.content_type = "application/octet-stream";
    head.headers.add("Last-Modified", http_date(status.modified));
    head.headers.add("Accept-Ranges", "bytes");
    head.headers.add("ETag", '"' + status.content_tag + '"');
    if (!range) return head;
    head.status = 206;
    head.headers.add("Content-Range", "bytes " + std::to_string(range->first) + "-" +
                                          std::to_string(range->first + range->length - 1) + "/" +
                                          std::to_string(status.size));
    return head;
}
}  // namespace

UnpublishedFile::~UnpublishedFile() {
    services_.dbfs.drop(std::move(file_));
}

boost::asio::awaitable<std::shared_ptr<NewFile>> store_bytes(Services& services, FileApi api, ReadBytes read) {
    auto begin = [](FileTree& tree) { return tree.begin_file(); };
    std::shared_ptr<NewFile> fresh = co_await services.dbfs.run(begin, api);
    const UnpublishedFile file(services, std::move(fresh));
    const auto part = std::make_shared<std::string>(kPart, '\0');
    for (bool ended = false; !ended;) {
        std::size_t have = 0;
        while (have < part->size() && !ended) {
            const std::size_t count = co_await read(part->data() + have, part->size() - have);
            have += count;
            ended = count == 0;
        }
        if (have == 0) break;
        auto append = [file = file.get(), part, have](FileTree&) {
            file->append(std::string_view(*part).substr(0, have));
        };
        co_await services.dbfs.run(append, api);
    }
    co_return file.get();
}

boost::asio::awaitable<FileStatus> receive_file(Services& services, Exchange& exchange, FileApi api, std::string path,
                                                Overwrite overwrite) {
    auto check = [path, overwrite](FileTree& tree) { tree.check_target(path, overwrite); };
    co_await services.dbfs.run(check, api);
    ReadBytes read = [&exchange](char* data, std::size_t size) { return exchange.read_body(data, size); };
    std::shared_ptr<NewFile> stored = co_await store_bytes(services, api, std::move(read));
    const UnpublishedFile file(services, std::move(stored));
    auto publish = [file = file.get(), path, overwrite](FileTree&) { return file->publish(path, overwrite); };
    co_return co_await services.dbfs.run(publish, api);
}

boost::asio::awaitable<void> send_file(Services& services, const Request& request, Exchange& exchange, FileApi api,
                                       std::string path) {
    auto open = [path](FileTree& tree) { return std::make_shared<const OpenFile>(tree.open(path)); };
    const std::shared_ptr<const OpenFile> file = co_await services.dbfs.run(open, api);
    check_unmodified(request, file->status());
    const auto range = requested_range(request.headers.get("Range"), file->status().size);
    const ByteRange wanted = range.value_or(ByteRange{0, file->status().size});
    Response head = head_of(file->status(), range);
    co_await exchange.begin(std::move(head), static_cast<std::uint64_t>(wanted.length));
    std::int64_t sent = request.method == "HEAD" ? wanted.length : 0;
    while (sent < wanted.length) {
        const std::int64_t offset = wanted.first + sent;
        const std::size_t size = static_cast<std::size_t>(std::min<std::int64_t>(wanted.length - sent, kPart));
        auto read = [file, offset, size](FileTree&) { return file->read(offset, size); };
        const std::string part = co_await services.dbfs.run(read, api);
        if (part.empty()) co_return;  // cut short meanwhile: the answer is, too, and the connection ends
        co_await exchange.write(part);
        sent += static_cast<std::int64_t>(part.size());
    }
    co_await exchange.end();
}

}  // namespace stoker::api
