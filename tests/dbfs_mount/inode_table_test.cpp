#include "dbfs_mount/inode_table.h"

#include <cerrno>
#include <system_error>

#include <gtest/gtest.h>

namespace stoker::dbfs_mount {
namespace {

struct InodeTableTest : testing::Test {
    InodeTable table{1000};
    InodePointer root = table.find(InodeTable::kRoot);

    /// The errno of what it throws, or 0.
    template <class Body>
    static int refusal(Body body) {
        try {
            body();
        } catch (const std::system_error& error) {
            return error.code().value();
        }
        return 0;
    }
};

TEST_F(InodeTableTest, ANumberIsAPathUntilItIsForgotten) {
    const InodePointer folder = table.look_up(root, "a"), file = table.look_up(folder, "b");
    EXPECT_EQ(table.path_of(*root), "/");
    EXPECT_EQ(table.path_of(*root, "x"), "/x");
    EXPECT_EQ(table.path_of(*table.find(file->number)), "/a/b");
    EXPECT_EQ(table.look_up(folder, "b"), file);
    table.forget(file->number, 1);
    EXPECT_EQ(table.find(file->number), file);
    table.forget(file->number, 1);
    EXPECT_EQ(refusal([&] { table.find(file->number); }), ESTALE);
    EXPECT_EQ(table.known(*folder, "b"), nullptr);
    EXPECT_NE(table.look_up(folder, "b")->number, file->number);
}

TEST_F(InodeTableTest, NumbersOfAnotherProcessAreStale) {
    const std::uint64_t number = table.look_up(root, "a")->number;
    EXPECT_EQ(refusal([&] { InodeTable(2000).find(number); }), ESTALE);
    InodeTable(2000).forget(number, 1);
}

TEST_F(InodeTableTest, WhatIsRenamedIsFollowed) {
    const InodePointer folder = table.look_up(root, "a"), file = table.look_up(folder, "b");
    const InodePointer replaced = table.look_up(root, "c");
    table.renamed(*root, "a", root, "d");
    EXPECT_EQ(table.path_of(*file), "/d/b");
    table.renamed(*folder, "b", root, "c");
    EXPECT_EQ(table.path_of(*file), "/c");
    EXPECT_EQ(table.known(*root, "c"), file);
    EXPECT_EQ(refusal([&] { table.path_of(*replaced); }), ENOENT);
    table.renamed(*root, "c", root, "c");
    EXPECT_EQ(table.path_of(*file), "/c");
}

TEST_F(InodeTableTest, WhatIsRemovedHasNoPath) {
    const InodePointer folder = table.look_up(root, "a"), file = table.look_up(folder, "b");
    table.removed(*folder, "b");
    EXPECT_EQ(refusal([&] { table.path_of(*file); }), ENOENT);
    const InodePointer next = table.look_up(folder, "b");
    EXPECT_NE(next, file);
    table.forget(file->number, 1);
    EXPECT_EQ(table.known(*folder, "b"), next);
    table.removed(*root, "a");
    EXPECT_EQ(refusal([&] { table.path_of(*next); }), ENOENT);
}

}  // namespace
}  // namespace stoker::dbfs_mount
