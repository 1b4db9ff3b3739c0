#include "api/wire/markdown_html.h"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>

#include <md4c.h>

#include "api/wire/ansi_html.h"

namespace stoker::api {
namespace {
constexpr std::size_t kLongest = std::numeric_limits<MD_SIZE>::max() / 2;
/// Short markdown may mean an endless page: a table with a wide head, a reference to a long address in every word.
constexpr std::size_t kLargestGrowth = 32;
constexpr std::size_t kSmallPage = 4096;

bool leads_somewhere(std::string_view url) {
    constexpr std::array<std::string_view, 4> kBeginnings{"https://", "http://", "mailto:", "#"};
    return std::any_of(kBeginnings.begin(), kBeginnings.end(), [url](auto begin) { return url.starts_with(begin); });
}

/// Text in which md4c has told apart what is an entity, fit for an attribute in double quotes.
std::string attribute(const MD_ATTRIBUTE& from) {
    std::string html;
    for (int i = 0; from.size > 0 && from.substr_offsets[i] < from.size; ++i) {
        const std::string_view part(from.text + from.substr_offsets[i],
                                    from.substr_offsets[i + 1] - from.substr_offsets[i]);
        if (from.substr_types[i] == MD_TEXT_ENTITY)
            html += part;
        else
            html += escaped_html(part);
    }
    return html;
}

std::string alignment(void* detail) {
    switch (static_cast<const MD_BLOCK_TD_DETAIL*>(detail)->align) {
        case MD_ALIGN_CENTER:
            return " style=\"text-align:center\"";
        case MD_ALIGN_RIGHT:
            return " style=\"text-align:right\"";
        default:
            return "";
    }
}

/// Writes what md4c finds.
class Writer {
  public:
    explicit Writer(std::string_view markdown) : markdown_(markdown) {}

    /// nullopt: there would be too much of it.
    std::optional<std::string> html() {
        MD_PARSER parser{};
        parser.flags = MD_DIALECT_GITHUB | MD_FLAG_NOHTML;
        parser.enter_block = [](MD_BLOCKTYPE type, void* detail, void* to) { return of(to).enter(type, detail); };
        parser.leave_block = [](MD_BLOCKTYPE type, void* detail, void* to) { return of(to).leave(type, detail); };
        parser.enter_span = [](MD_SPANTYPE type, void* detail, void* to) { return of(to).enter(type, detail); };
        parser.leave_span = [](MD_SPANTYPE type, void* detail, void* to) { return of(to).leave(type, detail); };
        parser.text = [](MD_TEXTTYPE type, const MD_CHAR* text, MD_SIZE size, void* to) {
            return of(to).text(type, {text, size});
        };
        if (md_parse(markdown_.data(), static_cast<MD_SIZE>(markdown_.size()), &parser, this) != 0) return std::nullopt;
        return std::move(html_);
    }

  private:
    static Writer& of(void* writer) { return *static_cast<Writer*>(writer); }

    /// What md4c's callbacks return: not 0 ends the parse.
    int is_too_much() const {
        return html_.size() + addresses_ > kLargestGrowth * markdown_.size() + kSmallPage ? 1 : 0;
    }

    int enter(MD_BLOCKTYPE type, void* detail) {
        switch (type) {
            case MD_BLOCK_OL:
                html_ += "<ol start=\"" + std::to_string(static_cast<MD_BLOCK_OL_DETAIL*>(detail)->start) + "\">\n";
                break;
            case MD_BLOCK_LI:
                html_ += "<li>";
                if (const auto* item = static_cast<MD_BLOCK_LI_DETAIL*>(detail); item->is_task)
                    html_ += item->task_mark == ' ' ? "<input type=\"checkbox\" disabled> "
                                                    : "<input type=\"checkbox\" disabled checked> ";
                break;
            case MD_BLOCK_HR:
                html_ += "<hr>\n";
                break;
            case MD_BLOCK_CODE:
                html_ += "<pre><code>";
                break;
            case MD_BLOCK_TH:
                html_ += "<th" + alignment(detail) + ">";
                break;
            case MD_BLOCK_TD:
                html_ += "<td" + alignment(detail) + ">";
                break;
            default:
                if (const std::string name = tag(type, detail); !name.empty()) html_ += "<" + name + ">";
        }
        return is_too_much();
    }

    int leave(MD_BLOCKTYPE type, void* detail) {
        if (type == MD_BLOCK_CODE) html_ += "</code>";
        if (const std::string name = tag(type, detail); !name.empty()) html_ += "</" + name + ">\n";
        return is_too_much();
    }

    static std::string tag(MD_BLOCKTYPE type, void* detail) {
        switch (type) {
            case MD_BLOCK_QUOTE:
                return "blockquote";
            case MD_BLOCK_UL:
                return "ul";
            case MD_BLOCK_OL:
                return "ol";
            case MD_BLOCK_LI:
                return "li";
            case MD_BLOCK_H:
                return "h" + std::to_string(static_cast<MD_BLOCK_H_DETAIL*>(detail)->level);
            case MD_BLOCK_CODE:
                return "pre";
            case MD_BLOCK_P:
                return "p";
            case MD_BLOCK_TABLE:
                return "table";
            case MD_BLOCK_THEAD:
                return "thead";
            case MD_BLOCK_TBODY:
                return "tbody";
            case MD_BLOCK_TR:
                return "tr";
            case MD_BLOCK_TH:
                return "th";
            case MD_BLOCK_TD:
                return "td";
            default:
                return "";
        }
    }

    int enter(MD_SPANTYPE type, void* detail) {
        if (type == MD_SPAN_IMG && pictures_++ == 0) {
            html_ += "<img alt=\"";
        } else if (pictures_ == 0 && type == MD_SPAN_A) {
            const std::string url = taken(static_cast<MD_SPAN_A_DETAIL*>(detail)->href);
            html_ += leads_somewhere(url) ? "<a href=\"" + url + "\">" : "<a>";
        } else if (pictures_ == 0) {
            html_ += std::string("<") + tag(type) + ">";
        }
        return is_too_much();
    }

    int leave(MD_SPANTYPE type, void* detail) {
        if (type == MD_SPAN_IMG && --pictures_ == 0) {
            const std::string url = taken(static_cast<MD_SPAN_IMG_DETAIL*>(detail)->src);
            html_ += url.starts_with("data:image/") ? "\" src=\"" + url + "\">" : "\">";
        } else if (pictures_ == 0 && type != MD_SPAN_IMG) {
            html_ += std::string("</") + tag(type) + ">";
        }
        return is_too_much();
    }

    static const char* tag(MD_SPANTYPE type) {
        switch (type) {
            case MD_SPAN_A:
                return "a";
            case MD_SPAN_STRONG:
                return "strong";
            case MD_SPAN_CODE:
                return "code";
            case MD_SPAN_DEL:
                return "del";
            default:
                return "em";
        }
    }

    int text(MD_TEXTTYPE type, std::string_view text) {
        if (type == MD_TEXT_ENTITY)
            html_ += text;
        else if (type == MD_TEXT_BR)
            html_ += pictures_ > 0 ? " " : "<br>\n";
        else if (type == MD_TEXT_SOFTBR)
            html_ += '\n';
        else if (type == MD_TEXT_NULLCHAR)
            html_ += "\xef\xbf\xbd";
        else
            html_ += escaped_html(text);
        return is_too_much();
    }

    std::string taken(const MD_ATTRIBUTE& address) {
        addresses_ += address.size;  // work, also when it is left out
        return attribute(address);
    }

    const std::string_view markdown_;
    std::string html_;
    std::size_t addresses_ = 0;
    int pictures_ = 0;  // that are open: within, text is what stands for the picture
};
}  // namespace

std::string markdown_to_html(std::string_view markdown) {
    std::optional<std::string> html;
    if (markdown.size() <= kLongest) html = Writer(markdown).html();
    return html ? std::move(*html) : "<pre>" + escaped_html(markdown) + "</pre>";
}

}  // namespace stoker::api
