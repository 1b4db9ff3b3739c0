#include "cli/node_address.h"

#include <gtest/gtest.h>

#include "cli/start_error.h"

namespace stoker::cli {
namespace {

TEST(NodeAddress, IsAnAddressAndPerhapsAPort) {
    const auto read = [](const char* text) {
        const NodeAddress parsed = parse_node_address(text);
        return parsed.address + " " + std::to_string(parsed.port);
    };
    EXPECT_EQ(read("10.0.0.5"), "10.0.0.5 5432");
    EXPECT_EQ(read("10.0.0.5:6543"), "10.0.0.5 6543");
    EXPECT_EQ(read("db.example"), "db.example 5432");
    EXPECT_EQ(read("fd00::5"), "fd00::5 5432");
    EXPECT_EQ(read("[fd00::5]:6543"), "fd00::5 6543");
}

TEST(NodeAddress, HasToBeOneThatOthersCanCall) {
    for (const char* text :
         {"", "0.0.0.0", "::", "*", ":5432", "10.0.0.5:", "10.0.0.5:0", "10.0.0.5:70000", "a b", "a,b", "http://a"})
        EXPECT_THROW(parse_node_address(text), StartError) << text;
}

TEST(NodeAddress, IsAWildcardHoweverItIsWritten) {
    for (const char* text : {"0.0.0.0", "::", "::0", "0:0:0:0:0:0:0:0", "[::]", "*"})
        EXPECT_TRUE(is_wildcard(text)) << text;
    for (const char* text : {"", "10.0.0.5", "::1", "[fd00::5]", "db.example"}) EXPECT_FALSE(is_wildcard(text)) << text;
}

}  // namespace
}  // namespace stoker::cli
