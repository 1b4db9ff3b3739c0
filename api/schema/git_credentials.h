#pragma once
#include "api/schema/schema.h"

// Requests and answers of the Git credentials API.
namespace stoker::api::schema {

extern const Schema kCreateGitCredential, kUpdateGitCredential;
extern const Schema kGitCredentialQuery;              // of the other requests
extern const Schema kGitCredential, kGitCredentials;  // answers

}  // namespace stoker::api::schema
