#include "core/signed_token.h"

#include <gtest/gtest.h>

namespace stoker {
namespace {
const RunTokenClaims kClaims{RunId{77}, "ann:of@example.com"};

TEST(SignedToken, SaysWhatWasSigned) {
    EXPECT_EQ(verify_run_token("key", sign_run_token("key", kClaims)), kClaims);
}

TEST(SignedToken, IsRefusedUnderAnotherKey) {
    EXPECT_EQ(verify_run_token("other", sign_run_token("key", kClaims)), std::nullopt);
}

TEST(SignedToken, IsRefusedWithAnyCharacterChanged) {
    std::string token = sign_run_token("key", kClaims);
    for (std::size_t i = 0; i < token.size(); ++i) {
        std::string changed = token;
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        EXPECT_EQ(verify_run_token("key", changed), std::nullopt) << i;
    }
}

TEST(SignedToken, IsRefusedWhenCutOrForeign) {
    std::string token = sign_run_token("key", kClaims);
    for (std::size_t length = 0; length < token.size(); ++length)
        EXPECT_EQ(verify_run_token("key", token.substr(0, length)), std::nullopt);
    EXPECT_EQ(verify_run_token("key", "dapi0123456789"), std::nullopt);
}

TEST(SignedToken, OfANodeIsNoneOfARun) {
    const NodeTokenClaims claims{"far", "stoker_node_1"};
    const std::string token = sign_node_token("key", claims);
    EXPECT_EQ(verify_node_token("key", token), claims);
    EXPECT_EQ(verify_node_token("other", token), std::nullopt);
    EXPECT_EQ(verify_run_token("key", token), std::nullopt);
    EXPECT_EQ(verify_node_token("key", sign_run_token("key", kClaims)), std::nullopt);
    const std::string renamed = "stkr" + token.substr(4);
    EXPECT_EQ(verify_run_token("key", renamed), std::nullopt);
}

}  // namespace
}  // namespace stoker
