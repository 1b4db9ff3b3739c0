#pragma once
#include "api/schema/schema.h"

// Requests of the Git credentials API.
namespace stoker::api::schema {

extern const Schema kCreateGitCredential, kUpdateGitCredential;
extern const Schema kGitCredentialQuery;  // of the other requests

}  // namespace stoker::api::schema
