#include "cli/tls_options.h"

#include <algorithm>

#include <CLI/CLI.hpp>

#include "cli/certificates.h"
#include "cli/node_address.h"
#include "cli/start_error.h"
#include "clusters/url_parts.h"

namespace stoker::cli {
namespace {
std::string first_name(const TlsOptions& tls) {
    const auto names = names_of(tls.certificate);
    if (names.empty())
        throw StartError(
            tls.certificate.string() +
            " names no single host: say with --server-url (of `stoker server`: --external-url) what clients "
            "call.");
    return names.front();
}

}  // namespace

void TlsOptions::add_to(CLI::App& command) {
    command
        .add_option("--tls-certificate", certificate,
                    "the API speaks TLS: its certificate (PEM), with those between it and its authority; read again "
                    "when it is replaced")
        ->check(CLI::ExistingFile);
    command.add_option("--tls-key", key, "key of that certificate (PEM)")->check(CLI::ExistingFile);
    command
        .add_option(
            "--tls-authority", authority,
            "who vouches for that certificate (PEM), where machines do not know it: handed to nodes and notebooks")
        ->check(CLI::ExistingFile);
}

void TlsOptions::check() const {
    if (certificate.empty() != key.empty())
        throw StartError("--tls-certificate and --tls-key belong together: one of them is missing.");
    if (certificate.empty() && !authority.empty())
        throw StartError("--tls-authority is for a --tls-certificate, which is missing.");
}

std::string url_on_this_machine(const std::string& host, std::uint16_t port, const TlsOptions& tls,
                                const std::string& external_url) {
    const std::string name = is_wildcard(host) ? "127.0.0.1" : host;
    const std::string at_port = ":" + std::to_string(port);
    if (!tls.is_on()) return "http://" + clusters::bracketed(name) + at_port;
    if (is_certificate_for(tls.certificate, name)) return "https://" + clusters::bracketed(name) + at_port;
    return external_url.empty() ? "https://" + clusters::bracketed(first_name(tls)) + at_port : external_url;
}

}  // namespace stoker::cli
