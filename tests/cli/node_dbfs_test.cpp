#include "cli/node_dbfs.h"

#include <gtest/gtest.h>

#include "cli/data_folder.h"
#include "cli/node_identity.h"
#include "core/random.h"

namespace stoker::cli {
namespace {
namespace fs = std::filesystem;

TEST(NodeDbfs, ANodeWithoutATokenHasAFolderOfItsOwn) {
    const fs::path folder = fs::temp_directory_path() / ("stoker-node-" + random_hex(8));
    fs::create_directories(folder / "secrets");
    clusters::NodeSettings settings;
    settings.data_folder = folder;
    settings.dbfs_root = folder / "storage/dbfs";
    EXPECT_FALSE(dbfs_of_server(settings, 1));
    EXPECT_TRUE(fs::is_directory(settings.dbfs_root));
    write_file(files_token_file(folder), "a token", fs::perms(0600));
    EXPECT_TRUE(dbfs_of_server(settings, 1));
    fs::remove_all(folder);
}

}  // namespace
}  // namespace stoker::cli
