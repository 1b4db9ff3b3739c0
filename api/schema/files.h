#pragma once
#include "api/schema/schema.h"

// Requests and answers of DBFS and of the Files API.
namespace stoker::api::schema {

extern const Schema kDbfsPath, kDbfsRead, kDbfsCreate, kDbfsAddBlock, kDbfsClose, kDbfsPut, kDbfsMove, kDbfsDelete;
extern const Schema kUploadFile, kPostFile, kListDirectory;
// Answers.
extern const Schema kDbfsStatus, kDbfsList, kDbfsContent, kDbfsHandle, kUploadSession, kDirectoryList;

}  // namespace stoker::api::schema
