#include "api/dbfs/endpoints.h"
#include "api/files/transfer.h"
#include "api/http/multipart_stream.h"
#include "api/http/parameters.h"
#include "api/http/url.h"
#include "api/schema/check.h"
#include "api/schema/files.h"
#include "core/error.h"

// put: a whole file in one call, as JSON with a megabyte of base64 at most, or as a form of any size.
namespace stoker::api::dbfs {
namespace {
constexpr std::size_t kMaxField = 8 * 1024;

struct Target {
    std::string path;
    Overwrite overwrite = Overwrite::kNo;
};

Target parse_target(const JsonReader& parameters) {
    return {parse_path(parameters), parameters.boolean_or("overwrite", false) ? Overwrite::kYes : Overwrite::kNo};
}

boost::asio::awaitable<std::string> read_whole(Services& services, Exchange& exchange) {
    constexpr std::size_t kChunk = 64 * 1024;
    const std::uint64_t limit = services.settings.body_limit;
    std::string body;
    while (true) {
        const std::size_t have = body.size();
        body.resize(have + kChunk);
        const std::size_t count = co_await exchange.read_body(body.data() + have, kChunk);
        body.resize(have + count);
        if (body.size() > limit)
            throw ApiError(ErrorCode::kRequestTooLarge,
                           "The request body is larger than " + std::to_string(limit) + " bytes.");
        if (count == 0) co_return body;
    }
}

Streamed check_target(Services& services, Target target) {
    auto look = [target](FileTree& tree) { tree.check_target(target.path, target.overwrite); };
    co_await services.dbfs.run(look, FileApi::kDbfs);
}

Streamed publish(Services& services, std::shared_ptr<NewFile> stored, Target target) {
    const UnpublishedFile file(services, std::move(stored));
    auto show = [file = file.get(), target](FileTree&) { file->publish(target.path, target.overwrite); };
    co_await services.dbfs.run(show, FileApi::kDbfs);
}

Streamed put_json(Services& services, Request& request, Exchange& exchange) {
    request.body = co_await read_whole(services, exchange);
    request.parameters = parse_json_object(request.body);
    const JsonReader parameters(request.parameters);
    check(parameters, schema::kDbfsPut, request.ignored_fields);
    const Target target = parse_target(parameters);
    const auto contents = std::make_shared<const std::string>(parse_block(parameters, "contents"));
    auto write = [target, contents](FileTree& tree) {
        tree.check_target(target.path, target.overwrite);
        const auto file = tree.begin_file();
        file->append(*contents);
        file->publish(target.path, target.overwrite);
    };
    co_await services.dbfs.run(write, FileApi::kDbfs);
}

/// The file part is called `file` or `contents`; the fields may come before or after it.
Streamed put_form(Services& services, Request& request, Exchange& exchange) {
    MultipartStream form(exchange, request.headers.get("Content-Type"));
    std::shared_ptr<NewFile> stored;
    request.parameters = nlohmann::json::object();
    while (true) {
        const std::optional<FormPart> part = co_await form.next_part();
        if (!part) break;
        const bool is_file = part->name == "file" || part->name == "contents";
        if (is_file && stored) throw ApiError::invalid_parameter(part->name + ": the form has a second file.");
        if (is_file) {
            const JsonReader so_far(request.parameters);
            if (so_far.has("path")) {
                Target target = parse_target(so_far);
                co_await check_target(services, std::move(target));
            }
            ReadBytes read = [&form](char* data, std::size_t size) { return form.read(data, size); };
            stored = co_await store_bytes(services, FileApi::kDbfs, std::move(read));
            continue;
        }
        std::string text = co_await form.read_text(kMaxField);
        if (!is_storable_text(part->name) || !is_storable_text(text))
            throw ApiError(ErrorCode::kMalformedRequest, "A form field is not UTF-8 text.");
        request.parameters[part->name] = std::move(text);
    }
    const JsonReader parameters(request.parameters);
    check(parameters, schema::kDbfsCreate, request.ignored_fields);
    Target target = parse_target(parameters);
    if (!stored) throw ApiError::invalid_parameter("contents: the form has no file.");
    co_await publish(services, std::move(stored), std::move(target));
}
}  // namespace

Streamed put(Services& services, Request& request, Exchange& exchange) {
    authorize_files(request);
    const bool is_form = is_multipart_form(request.headers.get("Content-Type"));
    if (is_form)
        co_await put_form(services, request, exchange);
    else
        co_await put_json(services, request, exchange);
    const Response done;
    co_await exchange.begin(done, done.body.size());
    co_await exchange.write(done.body);
    co_await exchange.end();
}

}  // namespace stoker::api::dbfs
