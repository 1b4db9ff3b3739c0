#include "core/hash.h"

#include <gtest/gtest.h>

namespace stoker {
namespace {

TEST(Hash, Sha256OfAKnownText) {
    EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(sha256("abc").size(), 32u);
}

TEST(Hash, HmacOfRfc4231Case2) {
    EXPECT_EQ(hex(hmac_sha256("Jefe", "what do ya want for nothing?")),
              "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST(Hash, ComparisonInConstantTime) {
    EXPECT_TRUE(equal_in_constant_time("same", "same"));
    EXPECT_FALSE(equal_in_constant_time("same", "some"));
    EXPECT_FALSE(equal_in_constant_time("same", "same "));
}

TEST(Base64, ReadsWhatItWrites) {
    std::string bytes;
    for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
    for (std::size_t length = 0; length <= bytes.size(); ++length) {
        std::string part = bytes.substr(0, length);
        EXPECT_EQ(base64_decode(base64_encode(part)), part);
        EXPECT_EQ(base64url_decode(base64url_encode(part)), part);
    }
}

TEST(Base64, TakesLineBreaksAndMissingPadding) {
    EXPECT_EQ(base64_decode("aGVs\nbG8="), "hello");
    EXPECT_EQ(base64_decode("aGVsbG8"), "hello");
}

TEST(Base64, RefusesOtherCharacters) {
    EXPECT_EQ(base64_decode("a$b="), std::nullopt);
    EXPECT_EQ(base64url_decode("a+b/"), std::nullopt);
}

}  // namespace
}  // namespace stoker
