#include "clusters/unused_builds.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include "clusters/build_folder.h"

namespace stoker::clusters {
namespace {

namespace fs = std::filesystem;

TEST(UnusedBuilds, go_after_the_days_that_they_are_kept) {
    char name[] = "/tmp/stoker-unused-builds-XXXXXX";
    const fs::path data = mkdtemp(name);
    for (const char* root : {"environments", "jars"}) {
        for (const char* hash : {"old", "recent", "held"})
            BuildFolder(data / root, hash).make_once([](const fs::path&) {}, {});
        for (const char* hash : {"old", "held"})
            fs::last_write_time(data / root / hash / ".ready",
                                fs::file_time_type::clock::now() - std::chrono::hours(3 * 24 + 1));
    }
    const InUse held[] = {hold_build_folder(data / "environments/held"), hold_build_folder(data / "jars/held")};
    { UnusedBuilds four(system_clock(), {{data / "environments", data / "jars"}, 4}); }
    EXPECT_TRUE(fs::exists(data / "jars/old"));
    { UnusedBuilds three(system_clock(), {{data / "environments", data / "jars", data / "nowhere"}, 3}); }
    for (const char* root : {"environments", "jars"}) {
        EXPECT_FALSE(fs::exists(data / root / "old"));
        EXPECT_TRUE(fs::exists(data / root / "recent"));
        EXPECT_TRUE(fs::exists(data / root / "held"));
    }
    fs::remove_all(data);
}

}  // namespace
}  // namespace stoker::clusters
