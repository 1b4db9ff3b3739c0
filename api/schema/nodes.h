#pragma once
#include "api/schema/schema.h"

// Requests and answers about the machines that host workers.
namespace stoker::api::schema {

extern const Schema kCreateJoinToken, kJoinNode;
extern const Schema kNodes, kJoinToken, kJoinedNode;  // answers

}  // namespace stoker::api::schema
