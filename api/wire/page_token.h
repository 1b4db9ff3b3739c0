#pragma once
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/ids.h"
#include "core/json_reader.h"

namespace stoker::api {

/// Tokens are opaque to clients. A list, newest first, goes on behind a key (time, then id), or back to what comes
/// before it; an array goes on at an offset.
struct ListKey {
    enum class Direction { kOn, kBack };
    EpochMillis time = 0;
    std::int64_t id = 0;
    Direction direction = Direction::kOn;
};
std::string key_token(const ListKey& key);
std::string offset_token(std::size_t offset);

/// `page_token` of a request; absent and "" mean the first page. Throws ApiError that names the field when it is not
/// one of ours.
std::optional<ListKey> parse_key_token(const JsonReader& parameters);
std::size_t parse_offset_token(const JsonReader& parameters);

/// Of a page that was asked for with one row more than `limit`: takes the row that is too many out of `rows` and tells
/// in `answer` (has_more, next_page_token, prev_page_token) what lies on either side. `key_of(row)` is its (time, id).
template <class Row, class KeyOf>
void add_page_tokens(nlohmann::json& answer, std::vector<Row>& rows, int limit, const std::optional<ListKey>& from,
                     KeyOf key_of) {
    const bool is_back = from && from->direction == ListKey::Direction::kBack;
    const bool is_cut = rows.size() > static_cast<std::size_t>(limit);
    if (is_cut) rows.erase(is_back ? rows.begin() : std::prev(rows.end()));
    const bool has_more = is_back || is_cut;
    answer["has_more"] = has_more && !rows.empty();
    if (rows.empty()) return;
    auto token = [&](const Row& row, ListKey::Direction direction) {
        const auto [time, id] = key_of(row);
        return key_token({time, id, direction});
    };
    if (has_more) answer["next_page_token"] = token(rows.back(), ListKey::Direction::kOn);
    if (is_back ? is_cut : from.has_value()) answer["prev_page_token"] = token(rows.front(), ListKey::Direction::kBack);
}

}  // namespace stoker::api
