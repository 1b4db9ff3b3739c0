#include "cli/certificates.h"

#include <cstdlib>

#include <gtest/gtest.h>

#include "cli/data_folder.h"
#include "cli/start_error.h"

namespace stoker::cli {
namespace {
namespace fs = std::filesystem;

class CertificatesTest : public testing::Test {
  protected:
    CertificatesTest() {
        std::string name = (fs::temp_directory_path() / "certificates-XXXXXX").string();
        folder = mkdtemp(name.data());
    }
    ~CertificatesTest() override { fs::remove_all(folder); }

    /// As another program sees it.
    static bool vouches(const Certificates& files, const std::string& address) {
        return std::system(("openssl verify -CAfile " + files.authority.string() + " " + address + " " +
                            files.certificate.string() + " >/dev/null 2>&1")
                               .c_str()) == 0;
    }
    fs::path folder;
};

TEST_F(CertificatesTest, TheAuthorityVouchesForTheAddressAlone) {
    const auto files = ensure_certificates(folder, "postgres", {"10.0.0.5"});
    EXPECT_TRUE(vouches(files, "-verify_ip 10.0.0.5"));
    EXPECT_FALSE(vouches(files, "-verify_ip 10.0.0.6"));
    EXPECT_TRUE(vouches(ensure_certificates(folder, "postgres", {"db.example"}), "-verify_hostname db.example"));
    EXPECT_EQ(fs::status(files.key).permissions(), fs::perms(0600));
    EXPECT_EQ(fs::status(folder).permissions(), fs::perms::owner_all);
}

TEST_F(CertificatesTest, EachServiceHasItsOwnForAllOfItsNames) {
    const auto postgres = ensure_certificates(folder, "postgres", {"10.0.0.5"});
    const auto api = ensure_certificates(folder, "api", {"127.0.0.1", "::1", "stoker.example"});
    for (const char* name : {"-verify_ip 127.0.0.1", "-verify_ip ::1", "-verify_hostname stoker.example"})
        EXPECT_TRUE(vouches(api, name)) << name;
    EXPECT_FALSE(vouches(api, "-verify_ip 10.0.0.5"));
    EXPECT_EQ(api.authority, postgres.authority);
    const std::vector<std::string> names{"stoker.example", "127.0.0.1", "::1"};
    EXPECT_EQ(names_of(api.certificate), names);
    EXPECT_THROW(names_of(api.key), StartError);
}

TEST_F(CertificatesTest, AnotherAddressChangesTheCertificateAndNotTheAuthority) {
    const auto files = ensure_certificates(folder, "postgres", {"10.0.0.5"});
    const std::string authority = read_file_or_empty(files.authority), first = read_file_or_empty(files.certificate);
    ensure_certificates(folder, "postgres", {"10.0.0.5"});
    EXPECT_EQ(read_file_or_empty(files.certificate), first);
    ensure_certificates(folder, "postgres", {"10.0.0.6"});
    EXPECT_NE(read_file_or_empty(files.certificate), first);
    EXPECT_EQ(read_file_or_empty(files.authority), authority);
}

}  // namespace
}  // namespace stoker::cli
