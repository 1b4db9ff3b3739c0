#include <algorithm>

#include "api/http/multipart.h"
#include "api/http/url.h"
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
/// What an import makes: the object, and its bytes as they are kept.
struct Import {
    RequestedPath path;
    db::WorkspaceObject object;
    std::string content;
    bool overwrite = false;
};

std::string extension_of(const std::string& path) {
    const std::string name = name_of(path);
    const std::size_t dot = name.rfind('.');
    return dot == std::string::npos || dot == 0 ? "" : name.substr(dot);
}

void become_notebook(Import& import, std::string language, std::string format) {
    import.object.object_type = "NOTEBOOK";
    import.object.language = std::move(language);
    import.object.format = std::move(format);
}

void strip_extension(Import& import) {
    auto& path = import.object.path;
    path.resize(path.size() - extension_of(path).size());
}

void import_source(const JsonReader& parameters, Import& import, const std::string& language) {
    if (language.empty()) parameters.refuse("language", "the field is required for format SOURCE.");
    if (!notebook_language(language))
        parameters.refuse("language", "expected PYTHON, SQL, SCALA or R, got '" + language + "'.");
    if (!is_storable_text(import.content)) parameters.refuse("content", "a notebook's source must be UTF-8 text.");
    become_notebook(import, language, "SOURCE");
}

void import_jupyter(const JsonReader& parameters, Import& import) {
    auto language = jupyter_language(import.content);
    if (!language) parameters.refuse("content", "is not a Jupyter notebook (nbformat 4 JSON).");
    become_notebook(import, *language, "JUPYTER");
}

void import_auto(const JsonReader& parameters, Import& import) {
    const std::string extension = extension_of(import.object.path);
    if (extension == ".ipynb") {
        import_jupyter(parameters, import);
        strip_extension(import);
        return;
    }
    const NotebookLanguage* language = language_of_extension(extension);
    if (language && has_source_header(import.content, *language) && is_storable_text(import.content)) {
        become_notebook(import, std::string(language->name), "SOURCE");
        strip_extension(import);
        return;
    }
    import.object.object_type = "FILE";
}

Import parse_import(const nlohmann::json& sent, std::optional<std::string> raw_content,
                    std::vector<std::string>& ignored) {
    const JsonReader parameters(sent);
    Import import;
    import.path = parse_path(parameters);
    import.object.path = import.path.canonical;
    import.overwrite = parameters.boolean_or("overwrite", false);
    const std::string format = parameters.optional_string("format").value_or("SOURCE");
    const std::string language = parameters.optional_string("language").value_or("");
    if (raw_content) {
        import.content = std::move(*raw_content);
    } else {
        if (!parameters.has("content")) parameters.refuse("content", "the field is required.");
        auto decoded = base64_decode(parameters.optional_string("content").value_or(""));
        if (!decoded) parameters.refuse("content", "is not base64.");
        import.content = std::move(*decoded);
    }
    if (import.path.canonical == "/") parameters.refuse("path", "names the root.");
    if (format == "SOURCE" || format.empty())
        import_source(parameters, import, language);
    else if (format == "JUPYTER")
        import_jupyter(parameters, import);
    else if (format == "AUTO")
        import_auto(parameters, import);
    else if (format == "RAW")
        import.object.object_type = "FILE";
    else if (format == "HTML" || format == "DBC" || format == "R_MARKDOWN")
        parameters.refuse("format", format + " is not supported yet.");
    else
        parameters.refuse("format", "expected SOURCE, JUPYTER, AUTO or RAW, got '" + format + "'.");
    for (auto& name : parameters.unread()) ignored.push_back(std::move(name));
    import.object.size = static_cast<std::int64_t>(import.content.size());
    return import;
}

/// The fields of a form as parameters, and the content beside them: it is bytes, not base64.
Import parse_form(const Request& request, std::vector<std::string>& ignored) {
    nlohmann::json parameters = nlohmann::json::object();
    std::optional<std::string> content;
    for (const FormPart& part : parse_multipart(request.headers.get("Content-Type"), request.body)) {
        if (part.name == "content") {
            content = std::string(part.content);
        } else {
            if (!is_storable_text(part.name) || !is_storable_text(part.content))
                throw ApiError(ErrorCode::kMalformedRequest, "A form field is not UTF-8 text.");
            parameters[part.name] = std::string(part.content);
        }
    }
    if (!content) throw ApiError::invalid_parameter("content: the field is required.");
    return parse_import(parameters, std::move(content), ignored);
}

ObjectId write_import(db::Transaction& tx, const Import& import) {
    const std::string& path = import.object.path;
    if (const auto existing = db::find_object(tx, path)) {
        if (existing->object_type != import.object.object_type)
            throw ApiError(ErrorCode::kResourceAlreadyExists,
                           "Path (" + path + ") already exists as a " + existing->object_type + ".");
        if (!import.overwrite) throw ApiError(ErrorCode::kResourceAlreadyExists, "Path (" + path + ") already exists.");
    } else {
        const std::string parent = parent_of(path);
        if (is_standing_folder(parent) && parent != "/")
            db::make_directories(tx, parent, import.object.creator_user_name, import.object.created_at);
        const auto folder = db::find_object(tx, parent);
        if (parent != "/" && (!folder || folder->object_type != "DIRECTORY"))
            throw ApiError(ErrorCode::kResourceDoesNotExist, "The parent folder (" + parent + ") does not exist.");
    }
    return db::put_object(tx, import.object, import.content);
}
}  // namespace

Answer import_object(Services& services, Request& request) {
    const bool is_form = is_multipart_form(request.headers.get("Content-Type"));
    Import import = is_form ? parse_form(request, request.ignored_fields)
                            : parse_import(request.parameters, std::nullopt, request.ignored_fields);
    authorize(request.principal, request.endpoint->action, WorkspacePath{import.object.path});
    import.object.creator_user_name = request.principal.user_name;
    import.object.created_at = import.object.modified_at = services.clock.epoch_millis();
    auto write = [import = std::move(import)](db::Transaction& tx) { return write_import(tx, import); };
    const ObjectId object_id = co_await services.pool.run(write);
    co_return json_response({{"object_id", object_id.value}});
}

}  // namespace stoker::api::workspace
