#include "core/error.h"

#include <set>

#include <gtest/gtest.h>

namespace stoker {
namespace {

TEST(ErrorTable, HasOneRowPerCodeInTheirOrder) {
    auto rows = error_codes();
    ASSERT_EQ(rows.size(), static_cast<std::size_t>(ErrorCode::kInternalError) + 1);
    for (std::size_t i = 0; i < rows.size(); ++i) EXPECT_EQ(static_cast<std::size_t>(rows[i].code), i);
}

TEST(ErrorTable, EveryRowHasAWireNameAndAnErrorStatus) {
    for (const ErrorCodeRow& row : error_codes()) {
        EXPECT_FALSE(row.wire_name.empty());
        EXPECT_EQ(row.wire_name.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ_"), std::string_view::npos)
            << row.wire_name;
        EXPECT_GE(row.http_status, 400);
        EXPECT_LT(row.http_status, 600);
        EXPECT_EQ(&error_code_row(row.code), &row);
    }
}

TEST(ErrorTable, NamesAreUsedOnceButForWhatHttpHasStatusesOfItsOwnFor) {
    std::multiset<std::string_view> names;
    for (const ErrorCodeRow& row : error_codes()) names.insert(row.wire_name);
    for (std::string_view name : names) EXPECT_EQ(names.count(name), name == "BAD_REQUEST" ? 5u : 1u) << name;
}

TEST(ApiErrors, SayTheSentencesThatClientsMatch) {
    EXPECT_STREQ(ApiError::job_does_not_exist(JobId{7}).what(), "Job 7 does not exist.");
    EXPECT_STREQ(ApiError::run_does_not_exist(RunId{8}).what(), "Run 8 does not exist.");
    EXPECT_STREQ(ApiError::cluster_does_not_exist("c").what(), "Cluster c does not exist");
    EXPECT_EQ(ApiError::path_does_not_exist("/x").code(), ErrorCode::kResourceDoesNotExist);
}

}  // namespace
}  // namespace stoker
