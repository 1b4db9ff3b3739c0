#include <gtest/gtest.h>

#include "api/http/server_certificate.h"
#include "tests/api/api_server.h"
#include "tests/api/http_client.h"
#include "tests/api/tls_certificate.h"
#include "tests/support/manual_clock.h"

namespace stoker::test {
namespace {
namespace fs = std::filesystem;
const std::string kHealth = "GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n";

struct Tls : testing::Test {
    TlsCertificate certificate;
};

TEST_F(Tls, AConnectionIsKeptPipelinedAndEndedInOrder) {
    ApiServer server("", certificate.settings());
    HttpConnection connection(server.port(), certificate.certificate());
    connection.send(kHealth + kHealth);
    EXPECT_EQ(connection.read_answer().status, 200);
    EXPECT_EQ(connection.read_answer().headers["connection"], "keep-alive");
    connection.send("GET /healthz HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    EXPECT_EQ(connection.read_answer().headers["connection"], "close");
    EXPECT_TRUE(connection.at_end());
    EXPECT_TRUE(connection.ended_in_order());
}

TEST_F(Tls, LargeAnswersArriveWhole) {
    ApiServer server("", certificate.settings());
    HttpConnection connection(server.port(), certificate.certificate());
    for (int i = 0; i < 3; ++i) {
        const HttpAnswer answer = connection.ask("GET", "/api/stoker/v1/openapi.json");
        EXPECT_GT(answer.body.size(), 200'000u);
        EXPECT_TRUE(nlohmann::json::accept(answer.body));
    }
}

TEST_F(Tls, RefusalsArriveBeforeTheEnd) {
    ApiServer server("", certificate.settings());
    HttpConnection connection(server.port(), certificate.certificate());
    connection.send("GET /healthz HTTP/1.1\r\nX: " + std::string(17 * 1024, 'x') + "\r\n\r\n");
    EXPECT_EQ(connection.read_answer().status, 431);
    EXPECT_TRUE(connection.at_end());
    EXPECT_TRUE(connection.ended_in_order());
    EXPECT_THROW(HttpConnection(server.port(), TlsCertificate().certificate()), std::runtime_error);
}

TEST_F(Tls, WhoeverSpeaksWithoutItIsTold) {
    ApiServer server("", certificate.settings());
    HttpConnection connection(server.port());
    connection.send(kHealth);
    const HttpAnswer answer = connection.read_answer();
    EXPECT_EQ(answer.status, 400);
    EXPECT_EQ(answer.json()["message"], "This port speaks TLS: call it by an https:// URL.");
    EXPECT_TRUE(connection.at_end());
}

TEST_F(Tls, AnUnfinishedGreetingLosesItsConnection) {
    api::Settings settings;
    settings.header_timeout = std::chrono::milliseconds(100);
    ApiServer server("", certificate.settings(settings));
    HttpConnection silent(server.port());
    EXPECT_TRUE(silent.at_end());
    HttpConnection slow(server.port());
    slow.send(std::string("\x16\x03\x01\x02\x00\x01", 6));
    EXPECT_TRUE(slow.at_end());
}

TEST_F(Tls, StoppingDoesNotWaitForThoseWhoSayNothing) {
    ApiServer server("", certificate.settings());
    HttpConnection silent(server.port());
    HttpConnection idle(server.port(), certificate.certificate());
    EXPECT_EQ(idle.ask("GET", "/healthz").status, 200);
    server.stop();
    EXPECT_TRUE(silent.at_end());
    EXPECT_TRUE(idle.at_end());
    EXPECT_TRUE(idle.ended_in_order());
}

TEST_F(Tls, AReplacedCertificateIsReadAgainAndABadOneIsNot) {
    ManualClock clock;
    api::ServerCertificate served(certificate.certificate(), certificate.key(), clock);
    const auto first = served.context();
    clock.advance(std::chrono::seconds(10));
    EXPECT_EQ(served.context(), first);

    certificate.replace();
    EXPECT_EQ(served.context(), first) << "it looks every few seconds";
    clock.advance(std::chrono::seconds(10));
    const auto second = served.context();
    EXPECT_NE(second, first);

    fs::remove(certificate.key());
    fs::copy_file(certificate.certificate(), certificate.key());
    clock.advance(std::chrono::seconds(10));
    EXPECT_EQ(served.context(), second);
}

TEST_F(Tls, FilesThatCannotServeAreNamed) {
    const TlsCertificate other;
    const auto refusal = [](const fs::path& certificate_file, const fs::path& key_file) -> std::string {
        try {
            api::Settings settings;
            settings.tls_certificate = certificate_file;
            settings.tls_key = key_file;
            ApiServer server("", settings);
        } catch (const std::runtime_error& error) {
            return error.what();
        }
        return "";
    };
    EXPECT_TRUE(refusal("/nowhere/c.pem", other.key()).starts_with("/nowhere/c.pem holds no usable certificate"));
    EXPECT_TRUE(refusal(other.certificate(), "/nowhere/k.pem").starts_with("/nowhere/k.pem holds no usable key of that"));
    EXPECT_TRUE(refusal(certificate.certificate(), other.key())
                    .starts_with(other.key().string() + " holds no usable key of that certificate (PEM): key values"));
}

}  // namespace
}  // namespace stoker::test
