#include "core/sealed_text.h"

#include <array>
#include <memory>
#include <stdexcept>

#include <openssl/evp.h>
#include <openssl/kdf.h>

#include "core/hash.h"
#include "core/random.h"

namespace stoker {
namespace {
constexpr std::size_t kNonce = 12;
constexpr std::size_t kTag = 16;
constexpr std::string_view kInfo = "stoker sealed text 1";

using Bytes = unsigned char;
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)>;

const Bytes* bytes(std::string_view text) {
    return reinterpret_cast<const Bytes*>(text.data());
}
Bytes* bytes(std::string& text) {
    return reinterpret_cast<Bytes*>(text.data());
}

void check(bool done) {
    if (!done) throw std::runtime_error("OpenSSL could not seal or open a text");
}

std::array<Bytes, 32> derived_key(std::string_view key) {
    std::array<Bytes, 32> derived{};
    std::size_t length = derived.size();
    const KeyContext context(EVP_PKEY_CTX_new_id(EVP_PKEY_HKDF, nullptr), &EVP_PKEY_CTX_free);
    check(context && EVP_PKEY_derive_init(context.get()) == 1 &&
          EVP_PKEY_CTX_set_hkdf_md(context.get(), EVP_sha256()) == 1 &&
          EVP_PKEY_CTX_set1_hkdf_key(context.get(), bytes(key), static_cast<int>(key.size())) == 1 &&
          EVP_PKEY_CTX_add1_hkdf_info(context.get(), bytes(kInfo), static_cast<int>(kInfo.size())) == 1 &&
          EVP_PKEY_derive(context.get(), derived.data(), &length) == 1);
    return derived;
}

CipherContext new_cipher() {
    CipherContext context(EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free);
    check(context != nullptr);
    return context;
}
}  // namespace

std::string seal_text(std::string_view key, std::string_view purpose, std::string_view text) {
    const auto secret = derived_key(key);
    const std::string nonce = random_bytes(kNonce);
    std::string encrypted(text.size(), '\0');
    std::string tag(kTag, '\0');
    int length = 0;
    const auto cipher = new_cipher();
    check(EVP_EncryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, secret.data(), bytes(nonce)) == 1 &&
          EVP_EncryptUpdate(cipher.get(), nullptr, &length, bytes(purpose), static_cast<int>(purpose.size())) == 1 &&
          EVP_EncryptUpdate(cipher.get(), bytes(encrypted), &length, bytes(text), static_cast<int>(text.size())) == 1 &&
          EVP_EncryptFinal_ex(cipher.get(), bytes(tag), &length) == 1 &&
          EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, static_cast<int>(kTag), tag.data()) == 1);
    return base64_encode(nonce + tag + encrypted);
}

std::optional<std::string> open_sealed_text(std::string_view key, std::string_view purpose, std::string_view sealed) {
    const auto content = base64_decode(sealed);
    if (!content || content->size() < kNonce + kTag) return std::nullopt;
    const auto secret = derived_key(key);
    std::string tag = content->substr(kNonce, kTag);
    const std::string_view encrypted = std::string_view(*content).substr(kNonce + kTag);
    std::string text(encrypted.size(), '\0');
    int length = 0;
    const auto cipher = new_cipher();
    check(EVP_DecryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, secret.data(), bytes(*content)) == 1 &&
          EVP_DecryptUpdate(cipher.get(), nullptr, &length, bytes(purpose), static_cast<int>(purpose.size())) == 1 &&
          EVP_DecryptUpdate(cipher.get(), bytes(text), &length, bytes(encrypted), static_cast<int>(encrypted.size())) ==
              1 &&
          EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, static_cast<int>(kTag), tag.data()) == 1);
    std::string rest(kTag, '\0');
    if (EVP_DecryptFinal_ex(cipher.get(), bytes(rest), &length) != 1) return std::nullopt;
    return text;
}

}  // namespace stoker
