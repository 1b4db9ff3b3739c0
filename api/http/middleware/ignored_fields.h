#pragma once
#include <map>
#include <string>

#include "api/http/request.h"
#include "core/clock.h"

namespace stoker::api {

/// Unknown fields are ignored, as the reference does, but not in silence: they are named in the answer's
/// X-Stoker-Ignored-Fields and, once a minute for each client, in the log. I/O thread only.
class IgnoredFields {
  public:
    explicit IgnoredFields(const Clock& clock) : clock_(clock) {}
    void tell(const Request& request, Response& response);

  private:
    bool may_log(const std::string& client);

    const Clock& clock_;
    std::map<std::string, Clock::Monotonic> last_logged_;
};

}  // namespace stoker::api
