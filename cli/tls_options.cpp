#include "cli/tls_options.h"

#include <algorithm>
#include <memory>

#include <CLI/CLI.hpp>
#include <boost/asio/ip/address.hpp>
#include <curl/curl.h>

#include "cli/certificates.h"
#include "cli/start_error.h"

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

std::string bracketed(const std::string& host) {
    return host.find(':') == std::string::npos ? host : "[" + host + "]";
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

UrlParts parse_url(const std::string& url) {
    const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> parsed(curl_url(), &curl_url_cleanup);
    if (!parsed || curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK) return {};
    const auto part = [&](CURLUPart which) -> std::string {
        char* found = nullptr;
        if (curl_url_get(parsed.get(), which, &found, CURLU_DEFAULT_PORT) != CURLUE_OK) return "";
        const std::unique_ptr<char, decltype(&curl_free)> owned(found, &curl_free);
        return found;
    };
    UrlParts parts{part(CURLUPART_SCHEME) == "https", part(CURLUPART_HOST), part(CURLUPART_PORT), part(CURLUPART_PATH)};
    if (parts.host.starts_with('[')) parts.host = parts.host.substr(1, parts.host.size() - 2);
    while (parts.path.ends_with('/')) parts.path.pop_back();
    return parts;
}

bool UrlParts::is_ip_address() const {
    boost::system::error_code no_address;
    boost::asio::ip::make_address(host, no_address);
    return !no_address;
}

std::string UrlParts::authority() const {
    return bracketed(host) + ":" + port;
}

std::string url_on_this_machine(const std::string& host, std::uint16_t port, const TlsOptions& tls,
                                const std::string& external_url) {
    const std::string name = host == "0.0.0.0" || host == "::" ? "127.0.0.1" : host;
    const std::string at_port = ":" + std::to_string(port);
    if (!tls.is_on()) return "http://" + bracketed(name) + at_port;
    if (is_certificate_for(tls.certificate, name)) return "https://" + bracketed(name) + at_port;
    return external_url.empty() ? "https://" + bracketed(first_name(tls)) + at_port : external_url;
}

}  // namespace stoker::cli
