#pragma once
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace stoker {

/// Dynamic value references: `{{job.run_id}}`, `{{tasks.a.values.k}}`, `{{input.field}}` in the texts of jobs and
/// tasks. They are replaced as text, without expressions; names with other characters than letters, digits and `_`
/// stand in backticks. What is no reference (bad syntax, an unknown namespace) stays as it is. No I/O.

bool has_references(std::string_view text);

/// A reference of `text` that no run could have: an unknown member of a known namespace (`{{job.naem}}`), without its
/// braces.
std::optional<std::string> unknown_reference(std::string_view text);

/// The keys of the tasks that `text` refers to, each once.
std::vector<std::string> referenced_tasks(std::string_view text);

/// A reference that has no value in this run: a task value that was not set, a parameter that was not given.
class UnresolvedReference : public std::runtime_error {
  public:
    explicit UnresolvedReference(const std::string& reference)
        : std::runtime_error("The reference {{" + reference + "}} has no value in this run.") {}
};

/// The values of one task run (or, without those of a task, of one run).
class ValueReferences {
  public:
    /// As the routine reference_values gives them: {job, task, tasks, input, workspace}. Whatever is absent has no
    /// value.
    explicit ValueReferences(nlohmann::json values) : values_(std::move(values)) {}

    /// Throws UnresolvedReference.
    std::string resolve(std::string_view text) const;
    /// All texts within `value`, names of members apart.
    nlohmann::json resolve_all(const nlohmann::json& value) const;

  private:
    enum class Parameters { kResolved, kLeft };
    std::string resolve(std::string_view text, Parameters parameters) const;
    std::optional<std::string> find(const std::vector<std::string>& path, Parameters parameters) const;
    std::optional<std::string> find_of_job(const std::vector<std::string>& path, Parameters parameters) const;
    std::optional<std::string> find_of_task(const std::vector<std::string>& path) const;
    std::optional<std::string> find_old_form(const std::string& name) const;

    nlohmann::json values_;
};

}  // namespace stoker
