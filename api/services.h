#pragma once
#include <string>

#include "api/settings.h"
#include "core/clock.h"

namespace stoker::db {
class Pool;
class RunWriter;
}  // namespace stoker::db

namespace stoker::api {

class FileStore;
class JobCache;
class Metrics;
class MlflowUpstream;
class Router;
class RunReader;
class RunWaiters;

/// What endpoints work with. Made by the Server, which outlives every request; used on the I/O thread only.
struct Services {
    const Settings& settings;
    const Clock& clock;
    db::Pool& pool;
    db::RunWriter& run_writer;
    JobCache& jobs;
    RunReader& runs;
    RunWaiters& run_waiters;   // of the end of runs
    RunWaiters& feed_waiters;  // of anything new of a run
    Metrics& metrics;
    MlflowUpstream& mlflow;
    FileStore& dbfs;
    const Router& router;
    std::string workspace_id;
};

}  // namespace stoker::api
