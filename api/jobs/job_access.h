#pragma once
#include <boost/asio/awaitable.hpp>

#include "api/http/authorize.h"
#include "db/job_store.h"
#include "db/run_store.h"

namespace stoker::db {
class Transaction;
}

namespace stoker::api {

struct Services;

OwnedObject owned(const db::JobRow& job);
OwnedObject owned(const db::RunRow& run);

/// As authorize() of the object, with the permissions on its job where the caller is no owner. Whoever began a run of a
/// job is an owner of it for looking only.
void authorize_job(db::Transaction& tx, const Principal& principal, Action action, const db::JobRow& job);
void authorize_run(db::Transaction& tx, const Principal& principal, Action action, const db::RunRow& run);
boost::asio::awaitable<void> authorize_on_job(Services& services, const Principal& principal, Action action,
                                              OwnedObject object, JobId job_id);

}  // namespace stoker::api
