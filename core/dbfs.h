#pragma once
#include <string_view>

namespace stoker {

/// A folder of the DBFS root where files lie that nobody may see yet, and trees that are being deleted. Nobody names,
/// lists or watches it.
inline constexpr std::string_view kDbfsHiddenFolder = ".stoker-unfinished";

}  // namespace stoker
