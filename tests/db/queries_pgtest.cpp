#include <set>

#include <gtest/gtest.h>

#include "db/query_catalog.h"
#include "tests/support/pg_database.h"
#include "tests/support/sql.h"

namespace stoker::test {
namespace {

TEST(Queries, EveryOneFitsTheSchema) {
    // Scripts of several statements; the migrator has run them for this database.
    const std::set<std::string_view> scripts{"create_migration_tables", "create_roles", "grant_rights"};
    PgDatabase database;
    Sql sql(database.owner_dsn());
    for (const std::string_view name : db::query_names()) {
        if (scripts.contains(name)) continue;
        EXPECT_NO_THROW(sql.run("PREPARE " + std::string(name) + " AS " + std::string(db::query_text(name)))) << name;
    }
}
}  // namespace
}  // namespace stoker::test
