#pragma once
#include "api/schema/schema.h"

// Requests and answers of the Instance Pools API.
namespace stoker::api::schema {

extern const Schema kNewInstancePool, kEditInstancePool;
extern const Schema kInstancePoolId;                // of the other requests, and the answer of create
extern const Schema kInstancePool, kInstancePools;  // answers

}  // namespace stoker::api::schema
