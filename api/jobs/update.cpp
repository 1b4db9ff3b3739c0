#include <algorithm>

#include "api/jobs/endpoints.h"
#include "api/jobs/job_change.h"
#include "api/wire/job_settings.h"

namespace stoker::api::jobs {
namespace {
struct Update : JobChange {
    nlohmann::json settings(nlohmann::json stored) const override {
        return changed_settings(std::move(stored), new_settings, fields_to_remove);
    }
    bool keeps_unsent(std::string_view field) const override {
        return std::ranges::find(fields_to_remove, field) == fields_to_remove.end();
    }
    nlohmann::json new_settings = nlohmann::json::object();
    std::vector<std::string> fields_to_remove;
};
}  // namespace

Answer update(Services& services, Request& request) {
    const JsonReader body(request.parameters);
    Update change;
    if (const auto settings = body.optional_object("new_settings")) change.new_settings = settings->json();
    change.fields_to_remove = body.strings("fields_to_remove");
    co_return co_await change_job(services, request, change);
}

}  // namespace stoker::api::jobs
