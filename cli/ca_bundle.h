#pragma once
#include <filesystem>
#include <string>

namespace stoker::cli {

/// Authorities (PEM) that programs of this machine are to trust: the machine's own, and those of the installation.
std::filesystem::path ca_bundle_file(const std::filesystem::path& data_folder);
/// Makes that file, readable by all; "" and no file when `authorities` is empty.
std::filesystem::path write_ca_bundle(const std::filesystem::path& data_folder, const std::string& authorities);

}  // namespace stoker::cli
