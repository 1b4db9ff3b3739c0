#pragma once
#include "api/schema/schema.h"

// Answers about the server and its users, and errors.
namespace stoker::api::schema {

extern const Schema kError, kWorkspaceConfig, kServerStatus, kUser, kOpenApi;

}  // namespace stoker::api::schema
