#pragma once
#include "api/schema/schema.h"

// Requests of DBFS and of the Files API.
namespace stoker::api::schema {

extern const Schema kDbfsPath, kDbfsRead, kDbfsCreate, kDbfsAddBlock, kDbfsClose, kDbfsPut, kDbfsMove, kDbfsDelete;
extern const Schema kUploadFile, kPostFile, kListDirectory;

}  // namespace stoker::api::schema
