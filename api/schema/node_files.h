#pragma once
#include "api/schema/schema.h"

// Requests and answers of DBFS as nodes mount it.
namespace stoker::api::schema {

extern const Schema kFilePath, kListFiles, kRenameFile, kLinkFile, kSetModified;
extern const Schema kFileStatus, kFileList;  // answers

}  // namespace stoker::api::schema
