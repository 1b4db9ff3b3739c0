#include "db/notify_payloads.h"

#include <gtest/gtest.h>

namespace stoker::db {
namespace {

TEST(NotifyPayloads, LongListsAreSplitAndNothingIsLost) {
    std::vector<std::string> ids;
    for (int i = 0; i < 5000; ++i) ids.push_back(std::to_string(1000000 + i));
    std::vector<std::string> read;
    for (const std::string& payload : notify_payloads(ids)) {
        EXPECT_LE(payload.size(), 7000u);
        for (const std::string& id : ids_of_payload(payload)) read.push_back(id);
    }
    EXPECT_EQ(read, ids);
    EXPECT_TRUE(notify_payloads({}).empty());
}

}  // namespace
}  // namespace stoker::db
