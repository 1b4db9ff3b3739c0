#include "core/join_token.h"

#include <gtest/gtest.h>

namespace stoker {
namespace {

TEST(JoinToken, IsReadAsItWasWritten) {
    for (const std::string authority : {"", "a certificate"}) {
        const JoinToken token = new_join_token(authority, "");
        const auto read = parse_join_token(to_string(token));
        ASSERT_TRUE(read);
        EXPECT_EQ(read->secret, token.secret);
        EXPECT_EQ(read->fingerprint, fingerprint_of(authority, ""));
    }
}

TEST(JoinToken, NothingPassesFromOneAuthorityToTheOther) {
    EXPECT_NE(fingerprint_of("a certificate", ""), fingerprint_of("another", ""));
    EXPECT_NE(fingerprint_of("one", "two"), fingerprint_of("two", "one"));
    EXPECT_NE(fingerprint_of("one", "two"), fingerprint_of("onetwo", ""));
    EXPECT_NE(fingerprint_of("", "one"), fingerprint_of("one", ""));
    EXPECT_EQ(fingerprint_of("", ""), "");
}

TEST(JoinToken, AnythingElseIsNone) {
    const std::string whole = to_string(new_join_token("a certificate", ""));
    for (const std::string& text : {std::string(), std::string("sjt"), whole.substr(1), whole + "0",
                                    whole.substr(0, whole.size() - 1), whole.substr(0, whole.size() - 1) + "x"})
        EXPECT_FALSE(parse_join_token(text)) << text;
}

}  // namespace
}  // namespace stoker
