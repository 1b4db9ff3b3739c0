#include "api/wire/feed_position.h"

#include <charconv>
#include <stdexcept>

namespace stoker::api {
namespace {
/// Takes the text apart; what is left of it.
class Reader {
  public:
    explicit Reader(std::string_view text) : text_(text) {}
    bool at_end() const { return text_.empty(); }
    bool take(char wanted) {
        if (text_.empty() || text_.front() != wanted) return false;
        text_.remove_prefix(1);
        return true;
    }
    std::int64_t number() {
        std::int64_t value = 0;
        const auto [end, error] = std::from_chars(text_.data(), text_.data() + text_.size(), value);
        if (error != std::errc{} || value < 0) throw std::invalid_argument("not a position in a run's events");
        text_.remove_prefix(static_cast<std::size_t>(end - text_.data()));
        return value;
    }
    int small_number() {
        const std::int64_t value = number();
        if (value > 1'000'000) throw std::invalid_argument("not a position in a run's events");
        return static_cast<int>(value);
    }
    void expect(char wanted) {
        if (!take(wanted)) throw std::invalid_argument("not a position in a run's events");
    }

  private:
    std::string_view text_;
};
}  // namespace

FeedPosition FeedPosition::parse(std::string_view text, RunId job_run_id) {
    FeedPosition position(job_run_id);
    if (text.empty()) return position;
    Reader reader(text);
    while (!reader.take(';')) {
        const std::int64_t first = reader.number();
        const std::int64_t last = reader.take('-') ? reader.number() : first;
        if (last < first) throw std::invalid_argument("not a position in a run's events");
        position.done_[first] = last;
        reader.take('.');
    }
    while (!reader.at_end()) {
        const std::int64_t task_run = reader.number();
        reader.expect(':');
        OutputPosition& place = position.open_[task_run];
        place.cell = reader.small_number();
        reader.expect('.');
        place.output = reader.small_number();
        reader.expect('.');
        place.start = reader.number();
        if (!reader.at_end()) reader.expect(',');
    }
    return position;
}

std::string FeedPosition::text() const {
    std::string text;
    for (const auto& [first, last] : done_) {
        if (!text.empty()) text += '.';
        text += std::to_string(first);
        if (last != first) text.append("-").append(std::to_string(last));
    }
    text += ';';
    for (const auto& [task_run, place] : open_) {
        if (text.back() != ';') text += ',';
        text.append(std::to_string(task_run)).append(":").append(std::to_string(place.cell));
        text.append(".").append(std::to_string(place.output)).append(".").append(std::to_string(place.start));
    }
    return text;
}

bool FeedPosition::is_done(RunId task_run) const {
    const std::int64_t distance = task_run.value - job_run_id_.value;
    const auto after = done_.upper_bound(distance);
    return after != done_.begin() && std::prev(after)->second >= distance;
}

void FeedPosition::set_done(RunId task_run) {
    if (is_done(task_run)) return;
    const std::int64_t distance = task_run.value - job_run_id_.value;
    open_.erase(distance);
    std::int64_t first = distance, last = distance;
    auto next = done_.upper_bound(distance);
    if (next != done_.end() && next->first == last + 1) {
        last = next->second;
        next = done_.erase(next);
    }
    if (next != done_.begin() && std::prev(next)->second == first - 1) first = std::prev(next)->first;
    done_[first] = last;
}

OutputPosition FeedPosition::of(RunId task_run) const {
    const auto found = open_.find(task_run.value - job_run_id_.value);
    return found == open_.end() ? OutputPosition{} : found->second;
}

void FeedPosition::move(RunId task_run, const OutputPosition& position) {
    open_[task_run.value - job_run_id_.value] = position;
}

}  // namespace stoker::api
