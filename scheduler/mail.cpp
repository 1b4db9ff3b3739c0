#include "scheduler/mail.h"

#include <algorithm>
#include <array>
#include <chrono>

#include <spdlog/fmt/fmt.h>

#include "core/hash.h"
#include "scheduler/notification_message.h"

namespace stoker::scheduler {
namespace {
constexpr std::size_t kMaxSubject = 500;
constexpr std::size_t kMaxPlainSubject = 900;  // a line may have 998
constexpr std::size_t kEncodedWord = 42;       // bytes in a word; 75 characters with what is around them
constexpr std::size_t kBase64Line = 76;

bool is_plain(std::string_view text) {
    return text.size() <= kMaxPlainSubject && text.find("=?") == std::string_view::npos &&
           std::ranges::all_of(text, [](char c) { return c >= ' ' && c < 0x7f; });
}

std::string in_lines(const std::string& base64) {
    std::string lines;
    for (std::size_t at = 0; at < base64.size(); at += kBase64Line) lines += base64.substr(at, kBase64Line) + "\r\n";
    return lines;
}

std::string with_crlf(std::string_view text) {
    std::string lines;
    for (char c : text) {
        if (c == '\r') continue;
        if (c == '\n') lines += '\r';
        lines += c;
    }
    return lines;
}
}  // namespace

std::string mail_date(EpochMillis time) {
    namespace chr = std::chrono;
    constexpr std::array kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr std::array kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto at = chr::floor<chr::seconds>(chr::sys_time<chr::milliseconds>(chr::milliseconds(time)));
    const auto midnight = chr::floor<chr::days>(at);
    const chr::year_month_day date(midnight);
    const chr::hh_mm_ss clock(at - midnight);
    return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} +0000", kDays[chr::weekday(midnight).c_encoding()],
                       static_cast<unsigned>(date.day()), kMonths[static_cast<unsigned>(date.month()) - 1],
                       static_cast<int>(date.year()), clock.hours().count(), clock.minutes().count(),
                       clock.seconds().count());
}

std::string header_text(std::string_view text) {
    text = beginning_of(text, kMaxSubject);
    if (is_plain(text)) return std::string(text);
    std::string words;
    while (!text.empty()) {
        const std::string_view part = beginning_of(text, kEncodedWord);
        if (!words.empty()) words += "\r\n ";
        words += "=?UTF-8?B?" + base64_encode(part) + "?=";
        text.remove_prefix(part.size());
    }
    return words;
}

std::string rendered(const Mail& mail) {
    const std::string host = mail.from.substr(mail.from.find('@') + 1);
    return "Date: " + mail_date(mail.time) + "\r\nFrom: Stoker <" + mail.from + ">\r\nTo: <" + mail.to +
           ">\r\nSubject: " + header_text(mail.subject) + "\r\nMessage-ID: <" + mail.delivery_id + "@" + host +
           ">\r\nX-Stoker-Delivery: " + mail.delivery_id +
           "\r\nAuto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
           "Content-Transfer-Encoding: base64\r\n\r\n" +
           in_lines(base64_encode(with_crlf(mail.body)));
}

}  // namespace stoker::scheduler
