#pragma once
#include <cstdint>
#include <filesystem>
#include <string>

#include <CLI/App.hpp>

namespace stoker::cli {

/// The certificate that the API shows its clients (PEM files); without one it speaks plain HTTP.
struct TlsOptions {
    std::filesystem::path certificate;
    std::filesystem::path key;
    std::filesystem::path authority;  // that nodes and notebooks are given; "" = their machines know it

    void add_to(CLI::App& command);
    bool is_on() const { return !certificate.empty(); }
    /// Throws StartError when a part is missing.
    void check() const;
};

/// Base URL of a server for clients on this machine: where it listens (a wildcard address becomes 127.0.0.1); with a
/// certificate that is not for that `external_url`, else the certificate's first name. Throws StartError when there is
/// none.
std::string url_on_this_machine(const std::string& host, std::uint16_t port, const TlsOptions& tls,
                                const std::string& external_url);

}  // namespace stoker::cli
