#pragma once
#include <stdexcept>

namespace stoker::cli {

/// Start-up cannot go on. what() is one line for a person: what is wrong, where, and what to do. main prints it and
/// exits with 1.
class StartError : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

}  // namespace stoker::cli
