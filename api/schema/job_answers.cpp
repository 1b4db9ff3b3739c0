#include "api/schema/common.h"
#include "api/schema/jobs.h"
#include "api/schema/runs.h"

namespace stoker::api::schema {
namespace {
constexpr Field kJobIdFields[] = {integer("job_id").required()};

constexpr Field kTriggerStateFields[] = {text("pause_status").required().one_of(kPauseStatuses),
                                         object("file_arrival")};
constexpr Schema kTriggerState{"TriggerState", kTriggerStateFields};
constexpr Field kJobFields[] = {
    integer("job_id").required(),
    text("creator_user_name").required(),
    text("run_as_user_name").required(),
    integer("created_time").required(),
    object("settings", &kJobSettings).required(),
    object("trigger_state", &kTriggerState),
    boolean("has_more").noted("of a list: the job has more tasks than are shown"),
    text("next_page_token"),
};
constexpr Field kJobListFields[] = {objects("jobs", &kJob), boolean("has_more").required(), text("next_page_token"),
                                    text("prev_page_token")};

constexpr Field kLevelFields[] = {text("permission_level").required().one_of(kJobPermissionLevels),
                                  boolean("inherited").required(), texts("inherited_from_object")};
constexpr Schema kLevel{"Permission", kLevelFields};
constexpr Field kEntryFields[] = {text("user_name"), text("group_name"), text("service_principal_name"),
                                  text("display_name").required(), objects("all_permissions", &kLevel).required()};
constexpr Schema kEntry{"AccessControlResponse", kEntryFields};
constexpr Field kPermissionsFields[] = {text("object_id").required(), text("object_type").required(),
                                        objects("access_control_list", &kEntry).required()};
constexpr Field kLevelInfoFields[] = {text("permission_level").required(), text("description").required()};
constexpr Schema kLevelInfo{"PermissionLevel", kLevelInfoFields};
constexpr Field kLevelsFields[] = {objects("permission_levels", &kLevelInfo).required()};
}  // namespace

constexpr Schema kCreatedJob{"CreatedJob", kJobIdFields};
constexpr Schema kJob{"Job", kJobFields};
constexpr Schema kJobList{"JobList", kJobListFields};
constexpr Schema kPermissions{"JobPermissions", kPermissionsFields};
constexpr Schema kPermissionLevels{"PermissionLevels", kLevelsFields};

}  // namespace stoker::api::schema
