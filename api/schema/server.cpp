#include "api/schema/server.h"

namespace stoker::api::schema {
namespace {
constexpr Field kErrorFields[] = {text("error_code").required(),
                                  text("message").required().noted("names the field by its path"), any("details")};
constexpr Field kConfigFields[] = {text("workspace_id").required()};
constexpr Field kStatusFields[] = {text("status").required()};

constexpr Field kEmailFields[] = {text("value").required(), text("type").required(), boolean("primary").required()};
constexpr Schema kEmail{"UserEmail", kEmailFields};
constexpr Field kGroupFields[] = {text("display").required(), text("value").required(), text("type").required()};
constexpr Schema kGroup{"UserGroup", kGroupFields};
constexpr Field kUserFields[] = {
    texts("schemas").required(),           text("id").required(),        text("userName").required(),
    text("displayName").required(),        boolean("active").required(), objects("emails", &kEmail).required(),
    objects("groups", &kGroup).required(),
};
constexpr Field kOpenApiFields[] = {
    text("openapi").required(),      object("info").required(),  objects("servers").required(),
    objects("security").required(),  objects("tags").required(), object("paths").required(),
    object("components").required(),
};
}  // namespace

constexpr Schema kError{"Error", kErrorFields};
constexpr Schema kWorkspaceConfig{"WorkspaceConfig", kConfigFields};
constexpr Schema kServerStatus{"ServerStatus", kStatusFields};
constexpr Schema kUser{"User", kUserFields};
constexpr Schema kOpenApi{"OpenApi", kOpenApiFields};

}  // namespace stoker::api::schema
