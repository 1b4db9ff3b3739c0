#pragma once
#include <filesystem>

#include "api/settings.h"

namespace stoker::test {

/// A certificate for 127.0.0.1 that vouches for itself, in a folder of its own.
class TlsCertificate {
  public:
    TlsCertificate();
    ~TlsCertificate();
    TlsCertificate(const TlsCertificate&) = delete;

    std::filesystem::path certificate() const { return folder_ / "certificate.pem"; }
    std::filesystem::path key() const { return folder_ / "key.pem"; }
    /// Those of a server that shows it.
    api::Settings settings(api::Settings settings = {}) const;
    /// Makes another one in its place.
    void replace() const;

  private:
    std::filesystem::path folder_;
};

}  // namespace stoker::test
