#include "api/openapi/compatibility.h"

#include <algorithm>
#include <map>
#include <set>

#include "api/openapi/document.h"
#include "api/openapi/json_schema.h"

namespace stoker::api {
namespace {
constexpr auto kNoLeast = std::numeric_limits<std::int64_t>::min();
constexpr auto kNoMost = std::numeric_limits<std::int64_t>::max();
constexpr std::size_t kShort = 6;  // fields; an object of so few is shown wherever it stands

const char* const kIntroduction = R"(# API compatibility

What each endpoint takes and what becomes of it. This file is made from the tables that requests are checked against
(`api/schema`), and a test compares it: it says what the server does. `GET /api/stoker/v1/openapi.json` is the same, and
the answers, for programs.

* **works**: it does what the reference says.
* **stored**: it is checked, stored and shown again, and has no effect; the note says why.
* **refused**: any value but an empty one is answered by 400 `INVALID_PARAMETER_VALUE`, naming the field.

`tasks[].task_key` is the field `task_key` of each object in the array `tasks`. `null` counts as not sent, numbers and
booleans may be sent as text, and fields that stand in no table are ignored and named in the header
`X-Stoker-Ignored-Fields` of the answer. A GET takes its fields from the query or from a JSON body.

)";

std::string anchor(const std::string& heading) {
    std::string text;
    for (char c : heading) {
        if (std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_')
            text += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        else if (c == ' ')
            text += '-';
    }
    return text;
}

std::string link(const std::string& heading) {
    return '[' + heading + "](#" + anchor(heading) + ')';
}

/// Objects that several requests have, and that are long: they are shown once, by name.
class SharedObjects {
  public:
    explicit SharedObjects(const Router& router) {
        for (const Endpoint* endpoint : router.endpoints())
            if (endpoint->operation.request) count(*endpoint->operation.request);
    }
    bool contains(const Schema& schema) const {
        const auto uses = uses_.find(&schema);
        return uses != uses_.end() && uses->second > 1 && fields_of(schema).size() > kShort;
    }
    std::map<std::string, const Schema*> by_name() const {
        std::map<std::string, const Schema*> shared;
        for (const auto& [schema, uses] : uses_)
            if (contains(*schema)) shared.emplace(schema->name, schema);
        return shared;
    }

  private:
    void count(const Schema& schema) {
        if (uses_[&schema]++ > 0) return;
        for (const Field& field : fields_of(schema))
            if (field.object) count(*field.object);
    }
    std::map<const Schema*, int> uses_;
};

std::string kind_of(const Field& field) {
    const auto word = [&] {
        switch (field.kind) {
            case Kind::kText:
                return "text";
            case Kind::kInteger:
                return "integer";
            case Kind::kNumber:
                return "number";
            case Kind::kBoolean:
                return "boolean";
            case Kind::kObject:
                return "object";
            case Kind::kTextMap:
                return "map of texts";
            case Kind::kAny:
                return "any";
        }
        return "any";
    }();
    const std::string kind = field.is_array ? "list of " + std::string(word) + "s" : word;
    return kind + (field.is_required ? ", required" : "");
}

std::string bounds_of(const Field& field) {
    const bool is_number = !field.is_array && (field.kind == Kind::kInteger || field.kind == Kind::kNumber);
    if (!is_number) {
        if (field.most == kNoMost) return "";
        const char* unit = field.is_array ? " items" : field.kind == Kind::kText ? " bytes" : " entries";
        return "up to " + std::to_string(field.most) + unit;
    }
    if (field.least == kNoLeast) return "";
    const bool is_open = field.most == kNoMost || field.most == std::numeric_limits<std::int32_t>::max();
    return is_open ? std::to_string(field.least) + " or more"
                   : std::to_string(field.least) + " to " + std::to_string(field.most);
}

std::string values_of(const Field& field) {
    std::string text;
    for (std::string_view value : field.values) text += (text.empty() ? "`" : ", `") + std::string(value) + "`";
    return text;
}

std::string note_of(const Field& field, const SharedObjects& shared) {
    std::vector<std::string> parts{values_of(field), bounds_of(field), std::string(field.note)};
    if (field.object && shared.contains(*field.object)) parts.push_back("see " + link(std::string(field.object->name)));
    std::string text;
    for (const std::string& part : parts)
        if (!part.empty()) text += (text.empty() ? "" : "; ") + part;
    return text;
}

const char* state_of(const Field& field) {
    return field.support == Support::kActs ? "works" : field.support == Support::kEchoed ? "stored" : "refused";
}

void add_rows(std::string& text, const std::vector<Field>& fields, const std::string& path,
              const SharedObjects& shared) {
    for (const Field& field : fields) {
        const std::string name = path + std::string(field.name);
        text +=
            "| `" + name + "` | " + kind_of(field) + " | " + state_of(field) + " | " + note_of(field, shared) + " |\n";
        if (field.object && !shared.contains(*field.object))
            add_rows(text, fields_of(*field.object), name + (field.is_array ? "[]." : "."), shared);
    }
}

/// What a schema extends is shown by its own name when it is shared.
void add_table(std::string& text, const Schema& schema, const SharedObjects& shared) {
    const bool is_split = schema.extends && shared.contains(*schema.extends);
    const std::vector<Field> own(schema.fields.begin(), schema.fields.end());
    text += "| field | kind | state | note |\n|---|---|---|---|\n";
    add_rows(text, is_split ? own : fields_of(schema), "", shared);
    text += "\n";
    if (is_split) text += "And the fields of " + link(std::string(schema.extends->name)) + ".\n\n";
}

std::string heading_of(const Endpoint& endpoint) {
    return (endpoint.method == "*" ? "" : std::string(endpoint.method) + " ") + std::string(endpoint.path);
}

std::string versions_of(const Endpoint& endpoint) {
    std::string text;
    for (ApiVersion version : each(endpoint.versions))
        text += (text.empty() ? " API " : ", ") + std::string(wire_name(version));
    return text.empty() ? "" : text + ".";
}

void add_endpoint(std::string& text, const Endpoint& endpoint, const SharedObjects& shared) {
    const Operation& operation = endpoint.operation;
    text += "### " + heading_of(endpoint) + "\n\n" + std::string(operation.summary) + versions_of(endpoint);
    if (endpoint.access == Access::kPublic) text += " Asks for no token.";
    if (operation.can_wait) text += " `Prefer: wait=N` waits for the end of the run.";
    if (operation.takes == Content::kForm) text += " JSON, or a form.";
    text += "\n\n";
    if (!operation.request || fields_of(*operation.request).empty()) return;
    if (shared.contains(*operation.request))
        text += "Takes " + link(std::string(operation.request->name)) + ".\n\n";
    else
        add_table(text, *operation.request, shared);
}

using Families = std::map<std::string, std::vector<const Endpoint*>>;

std::string contents(const Families& families, const SharedObjects& shared) {
    std::string text = "## Contents\n\n";
    for (const auto& [family, endpoints] : families) {
        text += "* " + link(family) + ":";
        const char* before = " ";
        for (const Endpoint* endpoint : endpoints) {
            text += before + link(heading_of(*endpoint));
            before = ", ";
        }
        text += "\n";
    }
    text += "* " + link("Objects") + ":";
    const char* before = " ";
    for (const auto& [name, schema] : shared.by_name()) {
        text += before + link(name);
        before = ", ";
    }
    return text + "\n\n";
}
}  // namespace

std::string compatibility_text(const Router& router) {
    const SharedObjects shared(router);
    Families families;
    for (const Endpoint* endpoint : router.endpoints()) families[family_of(*endpoint)].push_back(endpoint);
    std::string text = kIntroduction + contents(families, shared);
    for (const auto& [family, endpoints] : families) {
        text += "## " + family + "\n\n";
        for (const Endpoint* endpoint : endpoints) add_endpoint(text, *endpoint, shared);
    }
    text += "## Objects\n\nWhat several requests have.\n\n";
    for (const auto& [name, schema] : shared.by_name()) {
        text += "### " + name + "\n\n";
        add_table(text, *schema, shared);
    }
    text.pop_back();
    return text;
}

}  // namespace stoker::api
