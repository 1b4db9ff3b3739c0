#pragma once
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>

/// What requests and answers are made of, as data: requests are checked against it, and the OpenAPI document and
/// docs/api_compatibility.md are made from it.
namespace stoker::api {

struct Schema;

enum class Kind { kText, kInteger, kNumber, kBoolean, kObject, kTextMap, kAny };
/// kActs: it does what the reference says. kEchoed: stored and shown, without effect; the note says why. kRefused: any
/// value but a blank one is refused with the note.
enum class Support { kActs, kEchoed, kRefused };
using Values = std::span<const std::string_view>;

struct Field {
    std::string_view name;
    Kind kind = Kind::kAny;
    bool is_array = false;
    const Schema* object = nullptr;  // of kObject; nullptr = any object
    Values values = {};              // of a text: those it may have
    std::int64_t least = std::numeric_limits<std::int64_t>::min();
    std::int64_t most =
        std::numeric_limits<std::int64_t>::max();  // of a number; of a text its bytes; of an array its items
    bool is_required = false;
    Support support = Support::kActs;
    std::string_view note = {};

    constexpr Field required() const {
        Field field = *this;
        field.is_required = true;
        return field;
    }
    constexpr Field between(std::int64_t from, std::int64_t to) const {
        Field field = *this;
        field.least = from;
        field.most = to;
        return field;
    }
    constexpr Field at_least(std::int64_t from) const {
        return between(from, std::numeric_limits<std::int32_t>::max());
    }
    /// Of a required text.
    constexpr Field may_be_empty() const { return between(0, most); }
    constexpr Field at_most(std::int64_t to) const { return between(least, to); }
    constexpr Field one_of(Values allowed) const {
        Field field = *this;
        field.values = allowed;
        return field;
    }
    constexpr Field with(Support how, std::string_view why) const {
        Field field = *this;
        field.support = how;
        field.note = why;
        return field;
    }
    constexpr Field noted(std::string_view what) const { return with(Support::kActs, what); }
    constexpr Field echoed(std::string_view why) const { return with(Support::kEchoed, why); }
    constexpr Field refused(std::string_view why) const { return with(Support::kRefused, why); }
};

struct Schema {
    std::string_view name;  // of the OpenAPI component
    std::span<const Field> fields;
    const Schema* extends = nullptr;  // whose fields it has, too
};

constexpr Field text(std::string_view name) {
    return {name, Kind::kText};
}
constexpr Field integer(std::string_view name) {
    return {name, Kind::kInteger};
}
constexpr Field number(std::string_view name) {
    return {name, Kind::kNumber};
}
constexpr Field boolean(std::string_view name) {
    return {name, Kind::kBoolean};
}
constexpr Field object(std::string_view name, const Schema* schema = nullptr) {
    return {name, Kind::kObject, false, schema};
}
constexpr Field text_map(std::string_view name) {
    return {name, Kind::kTextMap};
}
constexpr Field any(std::string_view name) {
    return {name, Kind::kAny};
}
constexpr Field texts(std::string_view name) {
    return {name, Kind::kText, true};
}
constexpr Field integers(std::string_view name) {
    return {name, Kind::kInteger, true};
}
constexpr Field objects(std::string_view name, const Schema* schema = nullptr) {
    return {name, Kind::kObject, true, schema};
}

}  // namespace stoker::api
