#include "api/http/server_certificate.h"

#include <stdexcept>

#include <openssl/ssl.h>
#include <spdlog/spdlog.h>

namespace stoker::api {
namespace fs = std::filesystem;
namespace ssl = boost::asio::ssl;

namespace {
constexpr std::chrono::seconds kLookAgain{5};

void must_be_usable(const boost::system::error_code& error, const fs::path& file, const char* what) {
    if (error) throw std::runtime_error(file.string() + " holds no usable " + what + " (PEM): " + error.message());
}
}  // namespace

ServerCertificate::ServerCertificate(fs::path certificate, fs::path key, const Clock& clock)
    : certificate_(std::move(certificate)), key_(std::move(key)), clock_(clock), looked_at_(clock.monotonic()) {
    tried_ = written_at();
    context_ = read();
}

std::shared_ptr<ssl::context> ServerCertificate::context() {
    if (clock_.monotonic() - looked_at_ < kLookAgain) return context_;
    looked_at_ = clock_.monotonic();
    const Written written = written_at();
    if (written == tried_) return context_;
    tried_ = written;
    try {
        context_ = read();
        spdlog::info("certificate of the API read again file={}", certificate_.string());
    } catch (const std::runtime_error& error) {
        spdlog::error("the API keeps its earlier certificate: {}", error.what());
    }
    return context_;
}

ServerCertificate::Written ServerCertificate::written_at() const {
    std::error_code none;
    return {fs::last_write_time(certificate_, none), fs::last_write_time(key_, none)};
}

std::shared_ptr<ssl::context> ServerCertificate::read() const {
    auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
    SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
    SSL_CTX_set_options(context->native_handle(), SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
    // Nobody is there to be asked for the password of a key.
    context->set_password_callback([](std::size_t, ssl::context::password_purpose) { return std::string(); });
    boost::system::error_code error;
    context->use_certificate_chain_file(certificate_.string(), error);
    must_be_usable(error, certificate_, "certificate");
    context->use_private_key_file(key_.string(), ssl::context::pem, error);
    must_be_usable(error, key_, "key of that certificate");
    return context;
}

}  // namespace stoker::api
