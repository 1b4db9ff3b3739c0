#include "api/services.h"
#include "api/wire/notebook_format.h"
#include "api/wire/workspace_path.h"
#include "api/workspace/endpoints.h"
#include "api/workspace/object.h"
#include "core/error.h"
#include "core/hash.h"
#include "db/pool.h"

namespace stoker::api::workspace {
namespace {
struct Exported {
    std::string content;
    std::string file_type;  // extension without the dot
};

Exported exported(const db::WorkspaceObject& object, std::string content, const std::string& format) {
    if (object.object_type == "FILE") {
        const std::string name = name_of(object.path);
        const std::size_t dot = name.rfind('.');
        return {std::move(content), dot == std::string::npos ? "" : name.substr(dot + 1)};
    }
    const NotebookLanguage* language = notebook_language(object.language);
    if (!language) language = notebook_language("PYTHON");
    const bool is_jupyter = object.format == "JUPYTER";
    if (format == "JUPYTER" || (format == "AUTO" && is_jupyter))
        return {is_jupyter ? std::move(content) : source_to_jupyter(content, *language), "ipynb"};
    std::string file_type(language->extension.substr(1));
    if (is_jupyter) return {jupyter_to_source(content, *language), std::move(file_type)};
    if (!has_source_header(content, *language)) content.insert(0, source_header(*language) + "\n");
    return {std::move(content), std::move(file_type)};
}
}  // namespace

Answer export_object(Services& services, Request& request) {
    const JsonReader parameters(request.parameters);
    const RequestedPath path = parse_path(parameters);
    const std::string format = parameters.optional_string("format").value_or("SOURCE");
    if (format != "SOURCE" && format != "JUPYTER" && format != "AUTO" && format != "RAW")
        parameters.refuse("format", "expected SOURCE, JUPYTER, AUTO or RAW, got '" + format + "'.");
    const bool direct_download = parameters.boolean_or("direct_download", false);
    authorize(request.principal, request.endpoint->action, WorkspacePath{path.canonical});

    auto read = [path](db::Transaction& tx) {
        const db::WorkspaceObject object = existing_object(tx, path);
        if (object.object_type == "DIRECTORY")
            throw ApiError::invalid_parameter("path: (" + path.sent +
                                              ") is a directory; only notebooks and files can be exported.");
        return std::pair(object, db::read_content(tx, object.object_id).value_or(""));
    };
    auto [object, content] = co_await services.pool.run(read);
    Exported result = exported(object, std::move(content), format);
    if (!direct_download)
        co_return json_response({{"content", base64_encode(result.content)}, {"file_type", result.file_type}});
    Response response;
    response.content_type = "application/octet-stream";
    response.body = std::move(result.content);
    co_return response;
}

}  // namespace stoker::api::workspace
