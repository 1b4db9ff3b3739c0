#include "scheduler/outbound_addresses.h"

#include <cstring>
#include <stdexcept>

#include <arpa/inet.h>
#include <gtest/gtest.h>

namespace stoker::scheduler {
namespace {

bool allows(const OutboundAddresses& addresses, const char* text) {
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    if (inet_pton(AF_INET, text, &v4.sin_addr) == 1) return addresses.allows(reinterpret_cast<const sockaddr&>(v4));
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    EXPECT_EQ(inet_pton(AF_INET6, text, &v6.sin6_addr), 1) << text;
    return addresses.allows(reinterpret_cast<const sockaddr&>(v6));
}

TEST(OutboundAddresses, PublicOnesAreReached) {
    for (const char* text :
         {"1.1.1.1",         "8.8.8.8",         "9.255.255.255", "11.0.0.0",       "100.63.255.255",
          "100.128.0.0",     "126.255.255.255", "128.0.0.1",     "169.253.1.1",    "172.15.255.255",
          "172.32.0.0",      "192.167.255.255", "192.169.0.0",   "198.17.255.255", "198.20.0.0",
          "223.255.255.255", "2606:4700::1",    "2a00:1450::1",  "::ffff:8.8.8.8", "64:ff9b::808:808",
          "2002:808:808::1"})
        EXPECT_TRUE(allows({}, text)) << text;
}

TEST(OutboundAddresses, WhatOnlyThisMachineOrItsNetworkReachesIsNot) {
    for (const char* text : {"0.0.0.0",
                             "0.1.2.3",
                             "10.0.0.1",
                             "10.255.255.255",
                             "100.64.0.1",
                             "100.127.255.255",
                             "127.0.0.1",
                             "127.255.255.254",
                             "169.254.169.254",
                             "172.16.0.1",
                             "172.31.255.255",
                             "192.0.0.8",
                             "192.0.2.1",
                             "192.168.0.1",
                             "192.168.255.255",
                             "198.18.0.1",
                             "198.51.100.7",
                             "203.0.113.9",
                             "224.0.0.1",
                             "239.255.255.250",
                             "240.0.0.1",
                             "255.255.255.255",
                             "::",
                             "::1",
                             "::127.0.0.1",
                             "::ffff:127.0.0.1",
                             "::ffff:10.0.0.1",
                             "::ffff:169.254.169.254",
                             "64:ff9b::7f00:1",
                             "64:ff9b::a9fe:a9fe",
                             "64:ff9b:1::1",
                             "2002:7f00:1::",
                             "2002:a00:1::1",
                             "2001:db8::1",
                             "2001::1",
                             "fc00::1",
                             "fd12:3456::1",
                             "fe80::1",
                             "fec0::1",
                             "ff02::1"})
        EXPECT_FALSE(allows({}, text)) << text;
}

TEST(OutboundAddresses, TheOperatorAllowsMore) {
    const OutboundAddresses addresses({AddressRange::parse("10.1.0.0/16"), AddressRange::parse("127.0.0.1"),
                                       AddressRange::parse("fd00:1::/32"), AddressRange::parse("192.168.4.8/29")});
    for (const char* text : {"10.1.0.0", "10.1.255.255", "::ffff:10.1.2.3", "64:ff9b::a01:203", "127.0.0.1",
                             "fd00:1:2::3", "192.168.4.8", "192.168.4.15", "8.8.8.8"})
        EXPECT_TRUE(allows(addresses, text)) << text;
    for (const char* text :
         {"10.0.255.255", "10.2.0.0", "127.0.0.2", "::1", "fd00:2::1", "192.168.4.7", "192.168.4.16"})
        EXPECT_FALSE(allows(addresses, text)) << text;
    const OutboundAddresses all({AddressRange::parse("0.0.0.0/0"), AddressRange::parse("::/0")});
    for (const char* text : {"127.0.0.1", "10.0.0.1", "::1", "fe80::1"}) EXPECT_TRUE(allows(all, text)) << text;
}

TEST(OutboundAddresses, OtherSocketsAreNot) {
    sockaddr unix_socket{};
    unix_socket.sa_family = AF_UNIX;
    EXPECT_FALSE(OutboundAddresses({AddressRange::parse("::/0")}).allows(unix_socket));
}

TEST(OutboundAddresses, WhatIsNoRangeIsRefused) {
    for (const char* text : {"", "x", "10.0.0", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8x", "::/129",
                             "localhost", "10.0.0.0/8/8", "/8"})
        EXPECT_THROW(AddressRange::parse(text), std::invalid_argument) << text;
}

}  // namespace
}  // namespace stoker::scheduler
