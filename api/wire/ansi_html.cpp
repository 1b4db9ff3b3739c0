#include "api/wire/ansi_html.h"

#include <array>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <vector>

namespace stoker::api {
namespace {
using Colour = std::uint32_t;  // 0xRRGGBB

constexpr char kEscape = '\x1b';
/// Dark enough to be read on white.
constexpr std::array<Colour, 16> kPalette{0x24292f, 0xb42318, 0x1a7f37, 0x8a6100, 0x0550ae, 0x8250df,
                                          0x0b7285, 0x57606a, 0x6e7781, 0xd1242f, 0x2da44e, 0xb08800,
                                          0x218bff, 0xa475f9, 0x1b9aaa, 0x8c959f};

struct Style {
    std::optional<Colour> text;
    std::optional<Colour> background;
    bool bold = false;
    bool italic = false;
    bool underlined = false;
    bool operator==(const Style&) const = default;
};

void append_escaped(std::string& html, char c) {
    switch (c) {
        case '&':
            html += "&amp;";
            break;
        case '<':
            html += "&lt;";
            break;
        case '>':
            html += "&gt;";
            break;
        case '"':
            html += "&quot;";
            break;
        default:
            html += c;
    }
}

std::string css(Colour colour) {
    std::array<char, 8> text{};
    std::snprintf(text.data(), text.size(), "#%06x", colour & 0xffffff);
    return text.data();
}

/// Of the 256 that `38;5;n` names: the palette, a cube of 6×6×6, and greys.
Colour indexed(int index) {
    if (index < 16) return kPalette[static_cast<std::size_t>(index)];
    if (index >= 232) return static_cast<Colour>(8 + 10 * (index - 232)) * 0x010101;
    const auto part = [](int step) { return static_cast<Colour>(step == 0 ? 0 : 55 + 40 * step); };
    index -= 16;
    return part(index / 36) << 16 | part(index / 6 % 6) << 8 | part(index % 6);
}

std::vector<int> numbers_of(std::string_view parameters) {
    std::vector<int> numbers{0};
    for (char c : parameters) {
        if (c >= '0' && c <= '9')
            numbers.back() = std::min(numbers.back() * 10 + (c - '0'), 9999);
        else
            numbers.push_back(0);
    }
    return numbers;
}

class AnsiHtml {
  public:
    AnsiHtml(std::string_view text, std::size_t& spans_left) : rest_(text), spans_left_(spans_left) {}

    std::string html() {
        html_.reserve(rest_.size() + rest_.size() / 8);
        while (!rest_.empty()) line();
        close_span();
        return std::move(html_);
    }

  private:
    void line() {
        const std::size_t end = rest_.find('\n');
        std::string_view line = rest_.substr(0, end);
        rest_.remove_prefix(end == rest_.npos ? rest_.size() : end + 1);
        while (line.ends_with('\r')) line.remove_suffix(1);
        if (const auto last_return = line.rfind('\r'); last_return != line.npos) line.remove_prefix(last_return + 1);
        while (!line.empty()) {
            if (line[0] == kEscape) {
                control(line);
                continue;
            }
            const auto byte = static_cast<unsigned char>(line[0]);
            if ((byte >= ' ' && byte != 0x7f) || byte == '\t') write(line[0]);
            line.remove_prefix(1);
        }
        if (end != std::string_view::npos) write('\n');
    }

    /// Takes a control sequence off the line; unknown ones are no more than that.
    void control(std::string_view& line) {
        line.remove_prefix(1);
        if (line.starts_with('[')) {
            std::size_t length = 1;
            while (length < line.size() && line[length] >= 0x20 && line[length] <= 0x3f) ++length;
            if (length < line.size() && line[length] == 'm') set_style(numbers_of(line.substr(1, length - 1)));
            line.remove_prefix(std::min(line.size(), length + 1));
        } else if (line.starts_with(']')) {  // a title or a link, up to BEL or ESC backslash
            std::size_t length = 1;
            while (length < line.size() && line[length] != '\a' && line[length] != kEscape) ++length;
            line.remove_prefix(
                std::min(line.size(), line.substr(length).starts_with("\x1b\\") ? length + 2 : length + 1));
        } else if (!line.empty() && static_cast<unsigned char>(line[0]) < 0x80) {
            line.remove_prefix(1);
        }
    }

    void set_style(const std::vector<int>& codes) {
        for (std::size_t i = 0; i < codes.size(); ++i) {
            const int code = codes[i];
            if (code == 0) wanted_ = {};
            if (code == 1) wanted_.bold = true;
            if (code == 3) wanted_.italic = true;
            if (code == 4) wanted_.underlined = true;
            if (code == 22) wanted_.bold = false;
            if (code == 23) wanted_.italic = false;
            if (code == 24) wanted_.underlined = false;
            if (code == 38) wanted_.text = given_colour(codes, i);
            if (code == 48) wanted_.background = given_colour(codes, i);
            if (code == 39) wanted_.text.reset();
            if (code == 49) wanted_.background.reset();
            if (code >= 30 && code <= 37) wanted_.text = indexed(code - 30);
            if (code >= 90 && code <= 97) wanted_.text = indexed(code - 82);
            if (code >= 40 && code <= 47) wanted_.background = indexed(code - 40);
            if (code >= 100 && code <= 107) wanted_.background = indexed(code - 92);
        }
    }

    /// `5;n` or `2;r;g;b` behind codes[i], which moves on to the last of them.
    static std::optional<Colour> given_colour(const std::vector<int>& codes, std::size_t& i) {
        if (i + 2 < codes.size() && codes[i + 1] == 5) {
            i += 2;
            return indexed(codes[i] & 0xff);
        }
        if (i + 4 < codes.size() && codes[i + 1] == 2) {
            i += 4;
            const auto part = [&](std::size_t back) { return static_cast<Colour>(codes[i - back] & 0xff); };
            return part(2) << 16 | part(1) << 8 | part(0);
        }
        i = codes.size();
        return std::nullopt;
    }

    void write(char c) {
        if (wanted_ != shown_) change_span();
        append_escaped(html_, c);
    }

    void change_span() {
        close_span();
        if (wanted_ != Style{} && spans_left_ > 0) {
            --spans_left_;
            html_ += "<span style=\"";
            if (wanted_.text) html_ += "color:" + css(*wanted_.text) + ";";
            if (wanted_.background) html_ += "background:" + css(*wanted_.background) + "33;";  // faint, for any text
            if (wanted_.bold) html_ += "font-weight:bold;";
            if (wanted_.italic) html_ += "font-style:italic;";
            if (wanted_.underlined) html_ += "text-decoration:underline;";
            html_ += "\">";
            is_open_ = true;
        }
        shown_ = wanted_;
    }

    void close_span() {
        if (is_open_) html_ += "</span>";
        is_open_ = false;
    }

    std::string_view rest_;
    std::size_t& spans_left_;
    std::string html_;
    Style wanted_;
    Style shown_;
    bool is_open_ = false;
};
}  // namespace

std::string escaped_html(std::string_view text) {
    std::string html;
    html.reserve(text.size() + text.size() / 8);
    for (char c : text) append_escaped(html, c);
    return html;
}

std::string ansi_to_html(std::string_view text, std::size_t& spans_left) {
    return AnsiHtml(text, spans_left).html();
}

}  // namespace stoker::api
