#include "tests/api/tls_certificate.h"

#include <cstdlib>
#include <stdexcept>

namespace stoker::test {
namespace fs = std::filesystem;

TlsCertificate::TlsCertificate() {
    std::string name = (fs::temp_directory_path() / "stoker-tls-XXXXXX").string();
    folder_ = mkdtemp(name.data());
    replace();
}

TlsCertificate::~TlsCertificate() {
    fs::remove_all(folder_);
}

api::Settings TlsCertificate::settings(api::Settings settings) const {
    settings.tls_certificate = certificate();
    settings.tls_key = key();
    return settings;
}

void TlsCertificate::replace() const {
    const std::string command =
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=test -addext "
        "subjectAltName=IP:127.0.0.1 -keyout " +
        key().string() + " -out " + certificate().string() + " 2>/dev/null";
    if (std::system(command.c_str()) != 0) throw std::runtime_error("openssl makes no certificate");
}

}  // namespace stoker::test
