#include "db/text.h"

#include <gtest/gtest.h>

namespace stoker::db {
namespace {

TEST(Text, KeepsUtf8AndReplacesTheRest) {
    EXPECT_EQ(storable(std::string_view("gr\xC3\xBC\xC3\x9F \xF0\x9F\x99\x82")), "gr\xC3\xBC\xC3\x9F \xF0\x9F\x99\x82");
    EXPECT_EQ(storable(std::string_view("a\0b", 3)),
              "a\xEF\xBF\xBD"
              "b");
    EXPECT_EQ(storable(std::string_view("\xC3")), "\xEF\xBF\xBD");
    EXPECT_EQ(storable(std::string_view("\xED\xA0\x80")), "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");  // a surrogate
    EXPECT_EQ(storable(std::string_view("\xC0\x80")), "\xEF\xBF\xBD\xEF\xBF\xBD");                  // overlong
}

TEST(Text, ArrayLiteralsQuoteEverything) {
    EXPECT_EQ(array_literal({}), "{}");
    EXPECT_EQ(array_literal({"a,b", std::nullopt, "\"\\", ""}), R"({"a,b",NULL,"\"\\",""})");
}

}  // namespace
}  // namespace stoker::db
