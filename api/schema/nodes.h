#pragma once
#include "api/schema/schema.h"

// Requests and answers about the machines that host workers.
namespace stoker::api::schema {

extern const Schema kCreateJoinToken, kJoinNode, kSealedGitToken;
extern const Schema kNodes, kAuthorities, kJoinToken, kJoinedNode, kGitToken;  // answers

}  // namespace stoker::api::schema
