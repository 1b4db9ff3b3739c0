#include "cli/node_certificates.h"

#include <cstdlib>

#include <gtest/gtest.h>

#include "cli/data_folder.h"

namespace stoker::cli {
namespace {
namespace fs = std::filesystem;

class NodeCertificatesTest : public testing::Test {
  protected:
    NodeCertificatesTest() {
        std::string name = (fs::temp_directory_path() / "certificates-XXXXXX").string();
        folder = mkdtemp(name.data());
    }
    ~NodeCertificatesTest() override { fs::remove_all(folder); }

    /// As another program sees it.
    static bool vouches(const NodeCertificates& files, const std::string& address) {
        return std::system(("openssl verify -CAfile " + files.authority.string() + " " + address + " " +
                            files.certificate.string() + " >/dev/null 2>&1")
                               .c_str()) == 0;
    }
    fs::path folder;
};

TEST_F(NodeCertificatesTest, TheAuthorityVouchesForTheAddressAlone) {
    const auto files = ensure_node_certificates(folder, "10.0.0.5");
    EXPECT_TRUE(vouches(files, "-verify_ip 10.0.0.5"));
    EXPECT_FALSE(vouches(files, "-verify_ip 10.0.0.6"));
    EXPECT_TRUE(vouches(ensure_node_certificates(folder, "db.example"), "-verify_hostname db.example"));
    EXPECT_EQ(fs::status(files.key).permissions(), fs::perms(0600));
    EXPECT_EQ(fs::status(folder).permissions(), fs::perms::owner_all);
}

TEST_F(NodeCertificatesTest, AnotherAddressChangesTheCertificateAndNotTheAuthority) {
    const auto files = ensure_node_certificates(folder, "10.0.0.5");
    const std::string authority = read_file_or_empty(files.authority), first = read_file_or_empty(files.certificate);
    ensure_node_certificates(folder, "10.0.0.5");
    EXPECT_EQ(read_file_or_empty(files.certificate), first);
    ensure_node_certificates(folder, "10.0.0.6");
    EXPECT_NE(read_file_or_empty(files.certificate), first);
    EXPECT_EQ(read_file_or_empty(files.authority), authority);
}

}  // namespace
}  // namespace stoker::cli
