#pragma once
#include "api/schema/schema.h"

// Parts that several requests and answers have.
namespace stoker::api::schema {

extern const Schema kAutoscale, kLibrary, kNewCluster, kJobCluster, kEnvironment, kQueue, kRunAs, kAccessControl,
    kGitSource;
extern const Schema kEmailNotifications, kWebhookNotifications, kJobNotificationSettings, kTaskNotificationSettings,
    kHealth;
extern const Schema kNothing;  // {}

inline constexpr std::string_view kPauseStatuses[] = {"PAUSED", "UNPAUSED"};
inline constexpr std::string_view kSources[] = {"WORKSPACE", "GIT"};
inline constexpr std::string_view kJobPermissionLevels[] = {"CAN_VIEW", "CAN_MANAGE_RUN", "CAN_MANAGE", "IS_OWNER"};

}  // namespace stoker::api::schema
