#pragma once
#include <boost/asio/awaitable.hpp>
#include <nlohmann/json.hpp>

#include "api/http/request.h"
#include "api/services.h"

namespace stoker::api::jobs {

/// jobs/reset and jobs/update: the settings that a stored job is to have. Throws ApiError.
struct JobChange {
    virtual ~JobChange() = default;
    /// `stored`: as jobs/get of the request's version shows them, defaults apart. Called again when the job has changed
    /// meanwhile.
    virtual nlohmann::json settings(nlohmann::json stored) const = 0;
    /// Whether the field, which is not sent, stays as it is, also where that is not among the settings.
    virtual bool keeps_unsent(std::string_view field) const = 0;
};
boost::asio::awaitable<Response> change_job(Services& services, Request& request, const JobChange& change);

}  // namespace stoker::api::jobs
