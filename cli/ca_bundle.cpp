#include "cli/ca_bundle.h"

#include <cstdlib>

#include <openssl/x509.h>
#include <spdlog/spdlog.h>

#include "cli/data_folder.h"

namespace fs = std::filesystem;

namespace stoker::cli {
namespace {
/// What the operator has named, else what OpenSSL would look in, else where distributions have it.
std::string authorities_of_machine(const fs::path& own_bundle) {
    const char* const kPlaces[] = {std::getenv("SSL_CERT_FILE"), std::getenv("REQUESTS_CA_BUNDLE"),
                                   X509_get_default_cert_file(), "/etc/ssl/certs/ca-certificates.crt",
                                   "/etc/pki/tls/certs/ca-bundle.crt"};
    for (const char* place : kPlaces) {
        std::error_code not_there;
        if (!place || !*place || fs::equivalent(place, own_bundle, not_there)) continue;
        if (std::string found = read_file_or_empty(place); !found.empty()) return found + "\n";
    }
    spdlog::warn(
        "this machine has no file of authorities (package ca-certificates): notebooks will trust the server alone, and "
        "no other https");
    return "";
}
}  // namespace

fs::path ca_bundle_file(const fs::path& data_folder) {
    return data_folder / "ca_bundle.crt";
}

fs::path write_ca_bundle(const fs::path& data_folder, const std::string& authorities) {
    const fs::path file = ca_bundle_file(data_folder);
    if (authorities.empty()) {
        fs::remove(file);
        return {};
    }
    write_file(file, authorities_of_machine(file) + authorities, fs::perms(0644));
    return file;
}

}  // namespace stoker::cli
