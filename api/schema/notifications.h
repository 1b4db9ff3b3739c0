#pragma once
#include "api/schema/schema.h"

// Requests about notification destinations, and about what was told of a run.
namespace stoker::api::schema {

extern const Schema kCreateNotificationDestination, kUpdateNotificationDestination;
extern const Schema kListNotificationDestinations, kListNotifications;
extern const Schema kNotificationDestination, kNotificationDestinations, kNotifications;  // answers

}  // namespace stoker::api::schema
