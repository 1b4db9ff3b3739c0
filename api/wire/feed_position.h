#pragma once
#include <map>
#include <string>
#include <string_view>

#include "core/ids.h"

namespace stoker::api {

/// How far the outputs of one task run have been told.
struct OutputPosition {
    int cell = 0;
    int output = 0;          // the next one's place among the cell's outputs
    std::int64_t start = 0;  // in bytes, within that one's text

    auto operator<=>(const OutputPosition&) const = default;
};

/// How far a feed of a run's events has come: the id of its events. It says all that a server needs to go on, so that
/// any server can, and after the run has ended too.
///
/// As text `<done>;<open>`: ranges of task runs that are told to their end, `1-4.7`, and places in others,
/// `5:3.0.120`, as distances from the run's id, separated by dots and commas.
class FeedPosition {
  public:
    explicit FeedPosition(RunId job_run_id) : job_run_id_(job_run_id) {}
    /// Throws std::invalid_argument when the text is none; "" is the beginning.
    static FeedPosition parse(std::string_view text, RunId job_run_id);
    std::string text() const;

    bool is_done(RunId task_run) const;
    void set_done(RunId task_run);
    OutputPosition of(RunId task_run) const;
    void move(RunId task_run, const OutputPosition& position);

  private:
    RunId job_run_id_;
    std::map<std::int64_t, std::int64_t> done_;  // first and last of each range, by distance
    std::map<std::int64_t, OutputPosition> open_;
};

}  // namespace stoker::api
