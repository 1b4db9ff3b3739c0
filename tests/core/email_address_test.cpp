#include "core/email_address.h"

#include <gtest/gtest.h>

namespace stoker {
namespace {

TEST(EmailAddress, PlainOnesAreTaken) {
    for (const char* text : {"ann@example.com", "a.b+jobs@mail.example.co.uk", "o'neil_99@x-y.org", "root@localhost",
                             "oncall@acme.pagerduty.com", "a@1.2.3.4"})
        EXPECT_TRUE(is_email_address(text)) << text;
}

TEST(EmailAddress, WhatCouldMeanMoreThanAnAddressIsNot) {
    for (const std::string text : {std::string(""),
                                   std::string("ann"),
                                   std::string("@example.com"),
                                   std::string("ann@"),
                                   std::string("ann@exam ple.com"),
                                   std::string("ann@example..com"),
                                   std::string(".ann@example.com"),
                                   std::string("an..n@example.com"),
                                   std::string("ann@-example.com"),
                                   std::string("a@b@c.com"),
                                   std::string("<ann@example.com>"),
                                   std::string("Ann <ann@example.com>"),
                                   std::string("a,b@example.com"),
                                   std::string("\"a b\"@example.com"),
                                   std::string("ann@example.com\r\nRCPT TO:<x@y.z>"),
                                   std::string("ann@example.com\n"),
                                   std::string("ann\0@example.com", 16),
                                   std::string("änn@example.com"),
                                   std::string(65, 'a') + "@example.com",
                                   "a@" + std::string(64, 'b') + ".com",
                                   "a@" + std::string(250, 'b') + ".com"})
        EXPECT_FALSE(is_email_address(text)) << text;
}

}  // namespace
}  // namespace stoker
