#include "clusters/sites/kubernetes_access.h"

#include <fstream>

#include <gtest/gtest.h>
#include <stdlib.h>

namespace stoker::clusters {
namespace {

namespace fs = std::filesystem;

class KubernetesAccessTest : public testing::Test {
  protected:
    KubernetesAccessTest() {
        char name[] = "/tmp/stoker-kubeconfig-XXXXXX";
        folder = mkdtemp(name);
        std::ofstream(folder / "ca.pem") << "authorities\n";
    }
    ~KubernetesAccessTest() override { fs::remove_all(folder); }

    KubernetesAccess read(const std::string& text) {
        std::ofstream(folder / "config") << text;
        return read_kubeconfig(folder / "config");
    }
    std::string refusal(const std::string& text) {
        try {
            read(text);
            return "";
        } catch (const std::runtime_error& error) {
            const std::string what = error.what(), file = (folder / "config").string();
            EXPECT_TRUE(what.starts_with(file)) << what;
            return what.substr(file.size());
        }
    }
    static std::string with(const std::string& cluster, const std::string& user) {
        return "current-context: b\n"
               "contexts:\n"
               "- {name: a, context: {cluster: none, user: none}}\n"
               "- {name: b, context: {cluster: c, user: u, namespace: data}}\n"
               "clusters:\n"
               "- {name: c, cluster: {server: 'https://k:6443'" +
               cluster +
               "}}\n"
               "users:\n"
               "- {name: u, user: {" +
               user + "}}\n";
    }

    fs::path folder;
};

TEST_F(KubernetesAccessTest, IsThatOfTheCurrentContext) {
    const KubernetesAccess access = read(with(", certificate-authority: ca.pem", "token: secret"));
    EXPECT_EQ(access.server, "https://k:6443");
    EXPECT_EQ(access.authorities, "authorities\n");
    EXPECT_EQ(access.token, "secret");
    EXPECT_EQ(access.namespace_name, "data");
}

TEST_F(KubernetesAccessTest, TakesWhatStandsInTheFileItself) {
    const KubernetesAccess access = read(with(", certificate-authority-data: YXV0aG9yaXRpZXM=",
                                              "client-certificate-data: Y2VydA==, client-key-data: a2V5"));
    EXPECT_EQ(access.authorities, "authorities");
    EXPECT_EQ(access.client_certificate, "cert");
    EXPECT_EQ(access.client_key, "key");
    EXPECT_EQ(read(with("", "tokenFile: token")).token_file, folder / "token");
}

TEST_F(KubernetesAccessTest, NamesWhatItCannotUse) {
    EXPECT_NE(refusal(with("", "exec: {command: aws}")).find("'exec'"), std::string::npos);
    EXPECT_NE(refusal(with(", insecure-skip-tls-verify: true", "token: x")).find("insecure-skip-tls-verify"),
              std::string::npos);
    EXPECT_NE(refusal(with(", certificate-authority-data: '%%'", "token: x")).find("base64"), std::string::npos);
    EXPECT_NE(refusal(with(", certificate-authority: absent.pem", "token: x")).find("absent.pem"), std::string::npos);
    EXPECT_NE(refusal("current-context: x\n").find("context 'x'"), std::string::npos);
    EXPECT_NE(refusal("a: [").find(":1: "), std::string::npos);
    EXPECT_NE(refusal("text").find("no kubeconfig"), std::string::npos);
    EXPECT_THROW(read_kubeconfig(folder / "absent"), std::runtime_error);
}

TEST_F(KubernetesAccessTest, APodHasThatOfItsServiceAccount) {
    ASSERT_FALSE(access_of_this_pod(folder));
    for (const auto& [file, content] : {std::pair{"token", "secret"}, {"ca.crt", "authorities"}, {"namespace", "data"}})
        std::ofstream(folder / file) << content;
    ASSERT_FALSE(access_of_this_pod(folder));
    setenv("KUBERNETES_SERVICE_HOST", "fd00::1", 1);
    setenv("KUBERNETES_SERVICE_PORT", "443", 1);
    const auto access = access_of_this_pod(folder);
    unsetenv("KUBERNETES_SERVICE_HOST");
    unsetenv("KUBERNETES_SERVICE_PORT");
    ASSERT_TRUE(access);
    EXPECT_EQ(access->server, "https://[fd00::1]:443");
    EXPECT_EQ(access->token_file, folder / "token");
    EXPECT_EQ(access->authorities, "authorities");
    EXPECT_EQ(access->namespace_name, "data");
}

}  // namespace
}  // namespace stoker::clusters
