#include "api/jobs/endpoints.h"
#include "api/jobs/job_change.h"
#include "core/json_reader.h"

namespace stoker::api::jobs {
namespace {
struct Reset : JobChange {
    explicit Reset(nlohmann::json settings) : new_settings(std::move(settings)) {}
    nlohmann::json settings(nlohmann::json) const override { return new_settings; }
    bool keeps_unsent(std::string_view) const override { return false; }
    const nlohmann::json new_settings;
};
}  // namespace

Answer reset(Services& services, Request& request) {
    const JsonReader body(request.parameters);
    const Reset change(body.object("new_settings").json());
    co_return co_await change_job(services, request, change);
}

}  // namespace stoker::api::jobs
