#pragma once
#include <filesystem>
#include <string>

namespace stoker::cli {

/// By which nodes know this installation's Postgres, and nobody can stand between.
struct NodeCertificates {
    std::filesystem::path authority;    // that nodes are given when they join
    std::filesystem::path certificate;  // of Postgres, for the address
    std::filesystem::path key;
};
/// Made at first use in `folder`, which is closed to others. The authority stays; the certificate is made again when it
/// is for another address (an IP address, or a name) or ends within 30 days.
NodeCertificates ensure_node_certificates(const std::filesystem::path& folder, const std::string& address);

}  // namespace stoker::cli
