#pragma once
#include <filesystem>
#include <functional>
#include <map>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "clusters/command.h"

namespace stoker::clusters {

/// The two programs that make environments, found once per builder.
struct PythonTools {
    std::filesystem::path python;  // >= 3.11, executable by the building user
    std::string python_version;    // 3.11.2
    std::filesystem::path uv;
};

struct PythonToolSettings {
    std::filesystem::path python;  // "" = search: /usr/bin/python3 first, then PATH
    std::filesystem::path uv;      // "" = search on PATH, else bootstrapped into tools_folder
    std::filesystem::path
        uv_cache;  // "" = /var/cache/stoker/uv as root with another building user, else the user's own
    std::filesystem::path tools_folder;
    std::string os_user;  // that runs them; "" = the caller's
};

/// Throws std::runtime_error with a sentence for the operator.
PythonTools find_python_tools(Children& children, const PythonToolSettings& settings, const std::stop_token& stop);

/// Environment variables for uv and for what it starts: the machine's own settings; pip's index settings (variables and
/// configuration files) under uv's names where uv has none of its own.
std::map<std::string, std::string> uv_environ(Children& children, const PythonToolSettings& settings,
                                              const PythonTools& tools);

/// The sentence of uv's output that says what is wrong.
std::string uv_error(std::string_view output);

}  // namespace stoker::clusters
