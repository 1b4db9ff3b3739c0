#pragma once
#include <string>
#include <string_view>

#include "core/ids.h"

namespace stoker::scheduler {

/// A mail of one plain text to one address. Addresses are is_email_address; subject and body may be any UTF-8.
struct Mail {
    std::string from;
    std::string to;
    std::string subject;
    std::string body;
    EpochMillis time = 0;
    std::string delivery_id;  // of Message-ID, too: a repeated mail has the same
};

/// As it goes over the wire (RFC 5322), lines end in CRLF.
std::string rendered(const Mail& mail);

/// "Sat, 28 Nov 2026 17:00:00 +0000".
std::string mail_date(EpochMillis time);
/// A header's text: itself when it is plain ASCII, else in encoded words (RFC 2047).
std::string header_text(std::string_view text);

}  // namespace stoker::scheduler
