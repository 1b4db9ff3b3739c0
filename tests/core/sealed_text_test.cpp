#include "core/sealed_text.h"

#include <gtest/gtest.h>

#include "core/hash.h"

namespace stoker {
namespace {
TEST(SealedText, OpensToWhatWasSealed) {
    for (const std::string& text : {std::string("ghp_token"), std::string(), std::string("\0a\xff", 3)})
        EXPECT_EQ(open_sealed_text("key", "git 7", seal_text("key", "git 7", text)), text);
}

TEST(SealedText, OpensUnderNoOtherKeyAndForNoOtherPurpose) {
    const std::string sealed = seal_text("key", "git 7", "ghp_token");
    EXPECT_EQ(open_sealed_text("other", "git 7", sealed), std::nullopt);
    EXPECT_EQ(open_sealed_text("key", "git 8", sealed), std::nullopt);
}

TEST(SealedText, OpensNoMoreWithAnyByteChanged) {
    const std::string bytes = base64_decode(seal_text("key", "p", "secret")).value();
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        std::string changed = bytes;
        changed[i] = static_cast<char>(changed[i] ^ 1);
        EXPECT_EQ(open_sealed_text("key", "p", base64_encode(changed)), std::nullopt) << i;
    }
    EXPECT_EQ(open_sealed_text("key", "p", "no base64 !"), std::nullopt);
    EXPECT_EQ(open_sealed_text("key", "p", ""), std::nullopt);
}

TEST(SealedText, SealsDifferentlyEachTimeAndShowsNothing) {
    const std::string once = seal_text("key", "p", "secret");
    EXPECT_NE(once, seal_text("key", "p", "secret"));
    EXPECT_EQ(base64_decode(once).value().find("secret"), std::string::npos);
}
}  // namespace
}  // namespace stoker
