// A job as tests of its settings change it, and how changes of it are refused. Tests include this alone.
#pragma once

#include <span>
#include <string>

#include <gtest/gtest.h>

#include "api/wire/job_settings.h"

namespace stoker::api {

inline constexpr EpochMillis kNow = 1'700'000'000'000;

inline nlohmann::json task(const std::string& key) {
    return {{"task_key", key}, {"existing_cluster_id", "c"}, {"notebook_task", {{"notebook_path", "/Shared/n"}}}};
}
inline nlohmann::json job() {
    return {{"name", "j"}, {"tasks", {task("a"), task("b")}}};
}
inline const clusters::Catalog kCatalog(clusters::this_machine());
inline const clusters::DefinitionRules kRules{kCatalog};
inline JobDefinition parsed(const nlohmann::json& body, ApiVersion version = ApiVersion::k22) {
    return parse_job_settings(body, kRules, version, kNow);
}

/// The sentence a changed job is refused with; "" when it is accepted.
inline std::string refusal(nlohmann::json body, const std::string& pointer, const nlohmann::json& value,
                           ApiVersion version = ApiVersion::k22) {
    body[nlohmann::json::json_pointer(pointer)] = value;
    try {
        parsed(body, version);
    } catch (const ApiError& error) {
        EXPECT_EQ(error.code(), ErrorCode::kInvalidParameterValue);
        return error.what();
    }
    return "";
}

/// One changed place of job(), and how its refusal begins; "" = it is accepted.
struct Row {
    const char* pointer;
    nlohmann::json value;
    const char* begins;
};
inline void expect_rows(const nlohmann::json& body, std::span<const Row> rows) {
    for (const Row& row : rows) {
        const std::string found = refusal(body, row.pointer, row.value);
        EXPECT_TRUE(found.starts_with(row.begins) && (found.empty() == std::string(row.begins).empty()))
            << row.pointer << " = " << row.value << "\n  " << found;
    }
}
}  // namespace stoker::api
