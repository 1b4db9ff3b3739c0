#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace stoker::cli {

/// By which those elsewhere know a service of this installation, so that nobody can stand between.
struct Certificates {
    std::filesystem::path authority;    // that they are given once
    std::filesystem::path certificate;  // of the service, for its names
    std::filesystem::path key;
};
/// Made at first use in `folder`, which is closed to others: one authority, and a certificate for each `service`
/// ("postgres", "api"). The authority stays; a certificate is made again when it lacks one of the names (IP addresses
/// and host names) or is in the second half of its two years.
Certificates ensure_certificates(const std::filesystem::path& folder, const std::string& service,
                                 const std::vector<std::string>& names);

/// Whether a certificate (PEM) is for the host name or IP address. Throws StartError when the file holds none.
bool is_certificate_for(const std::filesystem::path& certificate, const std::string& name);
/// What it is for: host names, without those with a wildcard, then IP addresses. Throws StartError
/// likewise.
std::vector<std::string> names_of(const std::filesystem::path& certificate);

}  // namespace stoker::cli
