#include "cli/certificates.h"

#include <algorithm>
#include <memory>
#include <stdexcept>

#include <arpa/inet.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include "cli/data_folder.h"
#include "cli/start_error.h"

namespace fs = std::filesystem;

namespace stoker::cli {
namespace {
constexpr long kDay = 24L * 60 * 60;
constexpr long kAuthorityLife = 20 * 365 * kDay;
constexpr long kCertificateLife = 2 * 365 * kDay;
constexpr long kRenewBefore = kCertificateLife / 2;

template <auto Free>
struct Freed {
    template <class Object>
    void operator()(Object* object) const {
        Free(object);
    }
};
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freed<X509_free>>;
using Memory = std::unique_ptr<BIO, Freed<BIO_free_all>>;
using Extension = std::unique_ptr<X509_EXTENSION, Freed<X509_EXTENSION_free>>;

void must(bool done, const char* what) {
    if (!done) throw StartError(std::string("OpenSSL could not make ") + what);
}

Key new_key() {
    Key key(EVP_EC_gen("P-256"));
    must(key != nullptr, "a key");
    return key;
}

std::string text_of(BIO* memory) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(memory, &data);
    return {data, static_cast<std::size_t>(size)};
}

std::string pem_of(X509* certificate) {
    Memory memory(BIO_new(BIO_s_mem()));
    must(PEM_write_bio_X509(memory.get(), certificate) == 1, "a certificate's text");
    return text_of(memory.get());
}

std::string pem_of(EVP_PKEY* key) {
    Memory memory(BIO_new(BIO_s_mem()));
    must(PEM_write_bio_PrivateKey(memory.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1, "a key's text");
    return text_of(memory.get());
}

Certificate read_certificate(const fs::path& file) {
    const std::string text = read_file_or_empty(file);
    Memory memory(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
    return Certificate(PEM_read_bio_X509(memory.get(), nullptr, nullptr, nullptr));
}

Key read_key(const fs::path& file) {
    const std::string text = read_file_or_empty(file);
    Memory memory(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
    return Key(PEM_read_bio_PrivateKey(memory.get(), nullptr, nullptr, nullptr));
}

bool is_ip_address(const std::string& address) {
    unsigned char bytes[sizeof(in6_addr)];
    return inet_pton(AF_INET, address.c_str(), bytes) == 1 || inet_pton(AF_INET6, address.c_str(), bytes) == 1;
}

void extend(X509* certificate, X509* issuer, int kind, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()));
    must(extension && X509_add_ext(certificate, extension.get(), -1) == 1, "an extension of a certificate");
}

Certificate begin_certificate(EVP_PKEY* key, const std::string& name, long life) {
    Certificate certificate(X509_new());
    must(certificate != nullptr, "a certificate");
    unsigned char serial[16];
    must(RAND_bytes(serial, sizeof serial) == 1, "a serial number");
    serial[0] &= 0x7f;
    std::unique_ptr<BIGNUM, Freed<BN_free>> number(BN_bin2bn(serial, sizeof serial, nullptr));
    BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate.get()));
    X509_set_version(certificate.get(), X509_VERSION_3);
    // A day back: a node's clock may be behind.
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -kDay);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), life);
    X509_set_pubkey(certificate.get(), key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
    return certificate;
}

struct Authority {
    Key key;
    Certificate certificate;
};

Authority ensure_authority(const fs::path& folder) {
    Authority authority{read_key(folder / "authority.key"), read_certificate(folder / "authority.crt")};
    const bool is_whole = authority.key && authority.certificate &&
                          X509_check_private_key(authority.certificate.get(), authority.key.get()) == 1;
    if (is_whole) return authority;
    authority.key = new_key();
    authority.certificate = begin_certificate(authority.key.get(), "Stoker nodes", kAuthorityLife);
    X509* certificate = authority.certificate.get();
    X509_set_issuer_name(certificate, X509_get_subject_name(certificate));
    extend(certificate, certificate, NID_basic_constraints, "critical,CA:TRUE");
    extend(certificate, certificate, NID_key_usage, "critical,keyCertSign");
    extend(certificate, certificate, NID_subject_key_identifier, "hash");
    must(X509_sign(certificate, authority.key.get(), EVP_sha256()) > 0, "a signature");
    write_file(folder / "authority.key", pem_of(authority.key.get()), fs::perms(0600));
    write_file(folder / "authority.crt", pem_of(certificate), fs::perms(0644));
    return authority;
}

bool is_for(X509* certificate, const std::string& name) {
    return is_ip_address(name) ? X509_check_ip_asc(certificate, name.c_str(), 0) == 1
                               : X509_check_host(certificate, name.c_str(), name.size(), 0, nullptr) == 1;
}

bool still_serves(X509* certificate, EVP_PKEY* key, const Authority& authority, const std::vector<std::string>& names) {
    if (!certificate || !key || X509_check_private_key(certificate, key) != 1) return false;
    if (X509_verify(certificate, authority.key.get()) != 1) return false;
    time_t soon = time(nullptr) + kRenewBefore;
    if (X509_cmp_time(X509_get0_notAfter(certificate), &soon) < 0) return false;
    return std::ranges::all_of(names, [certificate](const std::string& name) { return is_for(certificate, name); });
}

std::string alternative_names(const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names)
        text += (text.empty() ? "" : ",") + std::string(is_ip_address(name) ? "IP:" : "DNS:") + name;
    return text;
}

Certificate certificate_in(const fs::path& file) {
    Certificate certificate = read_certificate(file);
    if (!certificate) throw StartError(file.string() + " holds no certificate (PEM), or may not be read.");
    return certificate;
}

/// Four bytes or sixteen.
std::string ip_text(const ASN1_OCTET_STRING* address) {
    char text[INET6_ADDRSTRLEN] = "";
    inet_ntop(ASN1_STRING_length(address) == 4 ? AF_INET : AF_INET6, ASN1_STRING_get0_data(address), text, sizeof text);
    return text;
}

}  // namespace

Certificates ensure_certificates(const fs::path& folder, const std::string& service,
                                 const std::vector<std::string>& names) {
    fs::create_directories(folder);
    fs::permissions(folder, fs::perms::owner_all);
    const Authority authority = ensure_authority(folder);
    const Certificates files{folder / "authority.crt", folder / (service + ".crt"), folder / (service + ".key")};
    const Certificate found = read_certificate(files.certificate);
    if (still_serves(found.get(), read_key(files.key).get(), authority, names)) return files;
    const Key key = new_key();
    const Certificate certificate = begin_certificate(key.get(), "Stoker " + service, kCertificateLife);
    X509_set_issuer_name(certificate.get(), X509_get_subject_name(authority.certificate.get()));
    extend(certificate.get(), authority.certificate.get(), NID_ext_key_usage, "serverAuth");
    extend(certificate.get(), authority.certificate.get(), NID_authority_key_identifier, "keyid");
    extend(certificate.get(), authority.certificate.get(), NID_subject_alt_name, alternative_names(names));
    must(X509_sign(certificate.get(), authority.key.get(), EVP_sha256()) > 0, "a signature");
    write_file(files.key, pem_of(key.get()), fs::perms(0600));
    write_file(files.certificate, pem_of(certificate.get()), fs::perms(0644));
    return files;
}

bool is_certificate_for(const fs::path& file, const std::string& name) {
    return is_for(certificate_in(file).get(), name);
}

std::vector<std::string> names_of(const fs::path& file) {
    const Certificate certificate = certificate_in(file);
    std::unique_ptr<GENERAL_NAMES, Freed<GENERAL_NAMES_free>> found(
        static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate.get(), NID_subject_alt_name, nullptr, nullptr)));
    std::vector<std::string> hosts, addresses;
    for (int i = 0; i < sk_GENERAL_NAME_num(found.get()); ++i) {
        const GENERAL_NAME* name = sk_GENERAL_NAME_value(found.get(), i);
        if (name->type == GEN_DNS) {
            std::string host(reinterpret_cast<const char*>(ASN1_STRING_get0_data(name->d.dNSName)),
                             static_cast<std::size_t>(ASN1_STRING_length(name->d.dNSName)));
            if (!host.starts_with('*')) hosts.push_back(std::move(host));
        } else if (name->type == GEN_IPADD) {
            addresses.push_back(ip_text(name->d.iPAddress));
        }
    }
    hosts.insert(hosts.end(), addresses.begin(), addresses.end());
    return hosts;
}

}  // namespace stoker::cli
