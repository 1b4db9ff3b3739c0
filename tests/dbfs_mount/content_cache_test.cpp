#include "dbfs_mount/content_cache.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <unistd.h>

#include "core/random.h"

namespace stoker::dbfs_mount {
namespace {
namespace fs = std::filesystem;

struct ContentCacheTest : testing::Test {
    const fs::path folder = fs::temp_directory_path() / ("stoker-cache-" + random_hex(8));
    ~ContentCacheTest() override { fs::remove_all(folder); }

    static void keep(ContentCache& cache, const std::string& tag, const std::string& bytes) {
        UnfinishedFile file = cache.begin();
        ASSERT_EQ(::write(file.file(), bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
        cache.keep(std::move(file), tag);
    }
    static std::string read(const FileDescriptor& file) {
        std::string bytes(100, '\0');
        const ssize_t got = file ? ::pread(file.get(), bytes.data(), bytes.size(), 0) : 0;
        bytes.resize(static_cast<std::size_t>(got));
        return bytes;
    }
    std::size_t unfinished() const {
        return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder / "unfinished"), {}));
    }
};

TEST_F(ContentCacheTest, KeepsContentsByTheirTags) {
    ContentCache cache(folder, 100);
    keep(cache, "a", "first");
    keep(cache, "../b", "second");
    EXPECT_EQ(read(cache.find("a")), "first");
    EXPECT_EQ(read(cache.find("../b")), "second");
    EXPECT_FALSE(cache.find("c"));
    keep(cache, "a", "again");
    EXPECT_EQ(read(cache.find("a")), "again");
    EXPECT_EQ(cache.bytes(), 11u);
}

TEST_F(ContentCacheTest, WhatWasUsedLeastLatelyGoes) {
    ContentCache cache(folder, 10);
    keep(cache, "a", "aaaa");
    keep(cache, "b", "bbbb");
    const FileDescriptor open = cache.find("a");
    keep(cache, "c", "cccc");
    EXPECT_FALSE(cache.find("b"));
    keep(cache, "d", "dddddddd");
    EXPECT_FALSE(cache.find("a"));
    EXPECT_EQ(read(open), "aaaa");
    EXPECT_EQ(read(cache.find("d")), "dddddddd");
    keep(cache, "e", "eeeeeeeeeeeee");
    EXPECT_FALSE(cache.find("e")) << "larger than the cache";
    EXPECT_EQ(cache.bytes(), 0u);
}

TEST_F(ContentCacheTest, TheNextProcessFindsWhatIsFinished) {
    {
        ContentCache cache(folder, 100);
        keep(cache, "a", "aaaa");
        keep(cache, "b", "bbbb");
        std::ofstream(folder / "unfinished/left") << "half";
    }
    ContentCache cache(folder, 100);
    EXPECT_EQ(cache.bytes(), 8u);
    EXPECT_EQ(read(cache.find("a")), "aaaa");
    EXPECT_EQ(unfinished(), 0u);
    ContentCache smaller(folder, 4);
    EXPECT_EQ(smaller.bytes(), 4u);
}

TEST_F(ContentCacheTest, WhatIsNotKeptLeavesNothing) {
    ContentCache cache(folder, 100);
    {
        const UnfinishedFile file = cache.begin();
        EXPECT_EQ(unfinished(), 1u);
    }
    EXPECT_EQ(unfinished(), 0u);
    UnfinishedFile from = cache.begin(), to = cache.begin();
    ASSERT_EQ(::write(from.file(), "content", 7), 7);
    copy_content(from.file(), to.file());
    EXPECT_EQ(fs::file_size(to.path()), 7u);
    for (const fs::path& closed : {folder, folder / "contents", folder / "unfinished"})
        EXPECT_EQ(fs::status(closed).permissions(), fs::perms::owner_all) << closed;
}

}  // namespace
}  // namespace stoker::dbfs_mount
