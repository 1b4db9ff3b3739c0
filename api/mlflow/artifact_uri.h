#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace stoker::api {

// Places in MLflow's artifact store have two names. Clients whose tracking URI is http(s) know them as
//     mlflow-artifacts:/<experiment>/<run>/artifacts/…    mlflow-artifacts:/<experiment>/models/<model>/artifacts/…
// those whose tracking URI is `databricks` as
//     dbfs:/databricks/mlflow-tracking/<experiment>/<run>/artifacts/… …/<experiment>/logged_models/<model>/artifacts/…
// which they read and write by the Files API under /WorkspaceInternal/Mlflow/Artifacts.

/// nullopt: not a place in the store.
std::optional<std::string> databricks_uri(std::string_view uri);
/// nullopt: another place. Also takes the forms that name a profile (`dbfs://profile@databricks/…`).
std::optional<std::string> mlflow_uri(std::string_view uri);

enum class UriForm { kDatabricks, kMlflow };

/// Gives the fields of JSON that hold such a URI (`artifact_uri`, `artifact_location`, `source`) the form that is asked
/// for, as the text streams by. What is no JSON goes through as it is.
class ArtifactUriRewriter {
  public:
    explicit ArtifactUriRewriter(UriForm to) : to_(to) {}
    /// What can be passed on by now.
    std::string feed(std::string_view part);
    /// The rest.
    std::string finish() { return std::move(held_); }

  private:
    void end_string(std::string& out);

    const UriForm to_;
    std::string held_;  // the string that is being read, with its quotes
    bool in_string_ = false;
    bool escaped_ = false;
    bool too_long_ = false;     // for a key or a URI: not held
    bool names_uri_ = false;    // the string just read, if it turns out to be a key
    bool expects_uri_ = false;  // after such a key and its colon
};

}  // namespace stoker::api
