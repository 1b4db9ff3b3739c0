#include "api/wire/graph.h"

#include <algorithm>
#include <map>
#include <set>

#include "core/error.h"
#include "core/value_references.h"

namespace stoker::api {
namespace {
/// Where each task stands in the request.
std::vector<std::string> paths_of(const std::vector<db::JobTask>& tasks) {
    std::vector<std::string> paths;
    int index = -1;
    for (const auto& task : tasks) {
        if (!task.nested_in) ++index;
        paths.push_back("tasks[" + std::to_string(index) + "]" + (task.nested_in ? ".for_each_task.task" : ""));
    }
    return paths;
}

class GraphCheck {
  public:
    explicit GraphCheck(const std::vector<db::JobTask>& tasks) : tasks_(tasks), paths_(paths_of(tasks)) {}

    void run() {
        for (std::size_t i = 0; i < tasks_.size(); ++i)
            if (!position_.emplace(tasks_[i].task_key, i).second)
                refuse(i, "task_key: '" + tasks_[i].task_key + "' is used twice.");
        for (std::size_t i = 0; i < tasks_.size(); ++i) check_dependencies(i);
        for (std::size_t i = 0; i < tasks_.size(); ++i) check_references(i);
        check_cycles();
    }

  private:
    [[noreturn]] void refuse(std::size_t i, const std::string& what) const {
        throw ApiError::invalid_parameter(paths_[i] + "." + what);
    }

    void check_dependencies(std::size_t i) const {
        std::set<std::string> seen;
        for (std::size_t d = 0; d < tasks_[i].depends_on.size(); ++d) {
            const std::string& key = tasks_[i].depends_on[d];
            const auto& outcome = tasks_[i].outcomes[d];
            const std::string field = "depends_on[" + std::to_string(d) + "].";
            auto found = position_.find(key);
            if (found == position_.end() || tasks_[found->second].nested_in)
                refuse(i, field + "task_key: '" + key + "' is not a task of this job.");
            if (!seen.insert(key).second) refuse(i, field + "task_key: '" + key + "' is named twice.");
            if (outcome && tasks_[found->second].task_type != "condition_task")
                refuse(i, field + "outcome: '" + key + "' is no condition_task and has no outcome.");
        }
    }

    void check_references(std::size_t i) const {
        if (!tasks_[i].has_references) return;
        for (const std::string& key : referenced_tasks(tasks_[i].definition)) {
            auto found = position_.find(key);
            if (found == position_.end() || tasks_[found->second].nested_in)
                refuse(i,
                       tasks_[i].task_type + ": {{tasks." + key + "…}} refers to a task that is not part of this job.");
        }
    }

    void check_cycles() const {
        std::vector<std::size_t> open(tasks_.size(), 0);
        std::vector<std::vector<std::size_t>> followers(tasks_.size());
        for (std::size_t i = 0; i < tasks_.size(); ++i)
            for (const std::string& key : tasks_[i].depends_on) {
                followers[position_.at(key)].push_back(i);
                ++open[i];
            }
        std::vector<std::size_t> ready;
        for (std::size_t i = 0; i < tasks_.size(); ++i)
            if (open[i] == 0) ready.push_back(i);
        std::size_t reached = 0;
        while (!ready.empty()) {
            const std::size_t i = ready.back();
            ready.pop_back();
            ++reached;
            for (std::size_t follower : followers[i])
                if (--open[follower] == 0) ready.push_back(follower);
        }
        if (reached == tasks_.size()) return;
        const std::size_t start = in_cycle(open);
        refuse(start, "depends_on: the task '" + tasks_[start].task_key +
                          "' waits for itself: " + cycle_from(start, open) + ".");
    }

    /// Going back from a task that is never reached ends in a cycle.
    std::size_t in_cycle(const std::vector<std::size_t>& open) const {
        auto at =
            static_cast<std::size_t>(std::ranges::find_if(open, [](std::size_t n) { return n > 0; }) - open.begin());
        for (std::size_t step = 0; step < tasks_.size(); ++step) at = open_upstream(at, open);
        return at;
    }
    std::size_t open_upstream(std::size_t i, const std::vector<std::size_t>& open) const {
        for (const std::string& key : tasks_[i].depends_on)
            if (open[position_.at(key)] > 0) return position_.at(key);
        return i;
    }
    std::string cycle_from(std::size_t start, const std::vector<std::size_t>& open) const {
        std::string path = tasks_[start].task_key;
        std::size_t at = start;
        do {
            at = open_upstream(at, open);
            path += " ← " + tasks_[at].task_key;
        } while (at != start);
        return path;
    }

    const std::vector<db::JobTask>& tasks_;
    const std::vector<std::string> paths_;
    std::map<std::string, std::size_t, std::less<>> position_;
};
}  // namespace

void check_graph(const std::vector<db::JobTask>& tasks) {
    GraphCheck(tasks).run();
}

}  // namespace stoker::api
