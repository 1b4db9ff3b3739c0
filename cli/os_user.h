#pragma once
#include <string>

namespace stoker::cli {

/// An OS user to run `what` as: the one asked for, else nobody; "" when we cannot become anyone else.
std::string usable_user(const std::string& wanted, const std::string& what);

}  // namespace stoker::cli
