// A disk that is too small for what is being built, with real uv.
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/mount.h>

#include "clusters/build_folder.h"
#include "clusters/catalog.h"
#include "clusters/environment.h"

namespace stoker::clusters {
namespace {

namespace fs = std::filesystem;

class FullDisk : public testing::Test {
  protected:
    void SetUp() override {
        if (mount("none", folder.c_str(), "tmpfs", 0, "size=8m,mode=0755") != 0)
            GTEST_SKIP() << "no disk can be mounted here: root may";
        mounted = true;
        fs::create_directories(folder / "dbfs");
    }
    void TearDown() override {
        if (mounted) umount2(folder.c_str(), MNT_DETACH);
        fs::remove_all(folder);
    }
    static fs::path new_folder() {
        char name[] = "/tmp/stoker-full-disk-XXXXXX";
        return mkdtemp(name);
    }

    const fs::path folder = new_folder();
    bool mounted = false;
    Children children;
};

TEST_F(FullDisk, says_so_and_leaves_nothing_of_the_environment) {
    EnvironmentBuilder::Settings settings;
    settings.data_folder = folder;
    settings.dbfs_root = folder / "dbfs";
    settings.kernel_path = fs::absolute("workers/kernel");
    EnvironmentBuilder builder(children, settings);
    std::string failure;
    try {
        builder.build({own_spark_versions().front(), {}, {}, "ann"}, nullptr);
    } catch (const std::exception& error) {
        failure = error.what();
    }
    EXPECT_EQ(failure, "the disk of " + (folder / "environments").string() +
                           " is full; nothing was left there. Free some space, then try again.");
    for (const auto& entry : fs::directory_iterator(folder / "environments"))
        EXPECT_EQ(entry.path().filename(), ".locks") << "half an environment is left";
    EXPECT_GT(fs::space(folder).available, 7u << 20);
}

}  // namespace
}  // namespace stoker::clusters
