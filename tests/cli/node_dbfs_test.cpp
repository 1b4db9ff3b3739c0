#include "cli/node_dbfs.h"

#include <boost/asio/io_context.hpp>
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
    boost::asio::io_context io;
    clusters::Children children;
    EXPECT_FALSE(dbfs_of_server(1)(io.get_executor(), children, settings));
    EXPECT_TRUE(fs::is_directory(settings.dbfs_root));
    fs::remove_all(folder);
}

}  // namespace
}  // namespace stoker::cli
