#pragma once
#include <compare>
#include <cstdint>
#include <functional>
#include <string>

namespace stoker {

/// A number that names one kind of thing; ids of two kinds do not mix. Below 2^53, so that browsers keep them exact.
template <class Tag>
struct Id {
    std::int64_t value = 0;
    auto operator<=>(const Id&) const = default;  // NOLINT(modernize-use-nullptr): clang-tidy 14 reads a 0 in it
    explicit operator bool() const { return value != 0; }
};

template <class Tag>
std::string to_string(Id<Tag> id) {
    return std::to_string(id.value);
}

using JobId = Id<struct JobTag>;
/// Runs, task runs and iterations share one sequence: a RunId names any of them, as in the reference API.
using RunId = Id<struct RunTag>;
using ObjectId = Id<struct ObjectTag>;

using ClusterId = std::string;  // MMDD-HHMMSS-xxxxxxxx
using WorkerId = std::string;   // uuid
using NodeId = std::string;

/// Epoch milliseconds, as on the wire; 0 = not yet.
using EpochMillis = std::int64_t;

}  // namespace stoker

template <class Tag>
struct std::hash<stoker::Id<Tag>> {
    std::size_t operator()(stoker::Id<Tag> id) const noexcept { return std::hash<std::int64_t>{}(id.value); }
};
