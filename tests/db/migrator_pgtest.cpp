#include <cstdio>
#include <fstream>

#include <gtest/gtest.h>

#include "db/errors.h"
#include "db/migrator.h"
#include "tests/support/pg_database.h"
#include "tests/support/sql.h"

namespace stoker::test {
namespace {

std::string output_of(const std::string& command) {
    std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), &pclose);
    std::string text;
    char buffer[4096];
    while (std::size_t count = fread(buffer, 1, sizeof buffer, pipe.get())) text.append(buffer, count);
    return text;
}

TEST(Migrator, ASecondTimeChangesNothing) {
    PgDatabase database;
    Sql sql(database.owner_dsn());
    std::string before = sql.one("SELECT max(applied_at) FROM schema_routines");
    db::migrate(database.owner_dsn(), {});
    EXPECT_EQ(sql.one("SELECT max(applied_at) FROM schema_routines"), before);
    EXPECT_EQ(sql.number("SELECT max(version) FROM schema_migrations"), db::newest_migration());
}

TEST(Migrator, ARoutineIsReplacedWhenItsTextChanged) {
    PgDatabase database;
    Sql sql(database.owner_dsn());
    sql.run(
        "CREATE OR REPLACE FUNCTION epoch_millis() RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint';"
        "UPDATE schema_routines SET checksum = 'old' WHERE name = 'routines/changes.sql'");
    db::migrate(database.owner_dsn(), {});
    EXPECT_GT(sql.number("SELECT epoch_millis()"), 1000);
}

TEST(Migrator, ADatabaseOfANewerStokerIsRefused) {
    PgDatabase database;
    Sql(database.owner_dsn()).run("INSERT INTO schema_migrations (version, name, checksum) VALUES (9999, 'later', '')");
    EXPECT_THROW(db::migrate(database.owner_dsn(), {}), db::NewerDatabase);
}

TEST(Migrator, AMigrationThatWasEditedIsRefused) {
    PgDatabase database;
    Sql(database.owner_dsn()).run("UPDATE schema_migrations SET checksum = 'other'");
    EXPECT_THROW(db::migrate(database.owner_dsn(), {}), std::runtime_error);
}

TEST(Migrator, AServerThatIsNotThereIsUnavailable) {
    EXPECT_THROW(db::migrate("host=/nowhere user=stoker", {}), db::Unavailable);
}

// db/schema.sql is what a migrated database looks like. STOKER_REFRESH_SCHEMA=1 writes it anew.
TEST(Migrator, TheSchemaIsTheGoldenOne) {
    PgDatabase database;
    std::string schema = output_of("db/dump_schema \"" + database.owner_dsn() + "\"");
    ASSERT_NE(schema.find("CREATE TABLE public.task_queue"), std::string::npos) << schema;
    if (std::getenv("STOKER_REFRESH_SCHEMA")) std::ofstream("db/schema.sql") << schema;
    std::ifstream file("db/schema.sql");
    std::string golden((std::istreambuf_iterator<char>(file)), {});
    EXPECT_TRUE(schema == golden) << "db/schema.sql differs from a migrated database; if that is meant, refresh it:\n"
                                     "  STOKER_REFRESH_SCHEMA=1 ctest -R db_pgtest";
}

}  // namespace
}  // namespace stoker::test
