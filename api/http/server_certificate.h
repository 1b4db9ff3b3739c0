#pragma once
#include <filesystem>
#include <memory>
#include <utility>

#include <boost/asio/ssl/context.hpp>

#include "core/clock.h"

namespace stoker::api {

/// The certificate that the API shows its clients, as two files (PEM): the certificate, with those between it and its
/// authority behind it, and its key. I/O thread only.
class ServerCertificate {
  public:
    /// Throws std::runtime_error that names the file and what is wrong with it.
    ServerCertificate(std::filesystem::path certificate, std::filesystem::path key, const Clock& clock);

    /// For one more connection. Files that were replaced are read again, within a few seconds; while they cannot be
    /// used, what was read before serves on.
    std::shared_ptr<boost::asio::ssl::context> context();

  private:
    std::shared_ptr<boost::asio::ssl::context> read() const;
    using Written = std::pair<std::filesystem::file_time_type, std::filesystem::file_time_type>;
    /// Certificate and key.
    Written written_at() const;

    const std::filesystem::path certificate_;
    const std::filesystem::path key_;
    const Clock& clock_;
    Written tried_;
    Clock::Monotonic looked_at_;
    std::shared_ptr<boost::asio::ssl::context> context_;
};

}  // namespace stoker::api
