#pragma once
#include <chrono>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "scheduler/outbound_addresses.h"

namespace stoker::scheduler {

/// What came of a transfer.
struct TransferResult {
    long status = 0;          // of the HTTP answer, or of the last reply of the mail server; 0 = it came to none
    std::string failure;      // "" = it was carried through
    bool is_refused = false;  // the address is not allowed, or the mail server will not have this mail
    std::optional<std::chrono::seconds> retry_after;  // what the receiver asks for
};

struct HttpPost {
    std::string url;
    std::string body;                  // JSON
    std::vector<std::string> headers;  // "Name: value"
    std::string username;              // "" = no authentication
    std::string password;
};

/// Sends it to an address that `allowed` lets pass, checked on the socket that is connected, so whatever the name
/// resolves to. No redirect is followed, no proxy of the environment used; the answer's body is dropped. Gives up when
/// it takes too long or a stop is asked for.
TransferResult post(const HttpPost& message, const OutboundAddresses& allowed, const std::stop_token& stop);

enum class StartTls { kAlways, kIfOffered, kNever };

struct SmtpSettings {
    std::string url;   // smtp://host:port, smtps://host:port; "" = there is no mail server
    std::string user;  // "" = without authentication
    std::string password;
    std::string from;
    StartTls start_tls = StartTls::kAlways;
};

/// One mail, already rendered, to one recipient.
TransferResult send_mail(const SmtpSettings& server, const std::string& to, const std::string& mail,
                         const std::stop_token& stop);

}  // namespace stoker::scheduler
