"""The catalog's process. With a database and clusters it is tried in tests/e2e/tables_test.py."""

from __future__ import annotations

import pytest
from stoker_kernel import metastore


@pytest.mark.parametrize(
    ("url", "jdbc"),
    [
        (
            "postgresql://catalog@/tables?host=%2Frun%2Fpg&port=5433",
            "jdbc:postgresql://localhost:5433/tables?socketFactory=org.newsclub.net.unix.AFUNIXSocketFactory%24FactoryArg"
            "&socketFactoryArg=%2Frun%2Fpg%2F.s.PGSQL.5433",
        ),
        ("postgresql://catalog@db.example:6432/tables", "jdbc:postgresql://db.example:6432/tables?"),
        (
            "postgresql://catalog@/tables?host=db.example&sslmode=verify-full&sslrootcert=%2Fca.pem",
            "jdbc:postgresql://db.example:5432/tables?sslmode=verify-full&sslrootcert=%2Fca.pem",
        ),
    ],
)
def test_the_databases_url_as_java_reads_it(url: str, jdbc: str) -> None:
    assert metastore.jdbc_url(url) == jdbc


def test_all_that_hive_keeps_has_a_table_from_the_start() -> None:
    classes = metastore._stored_classes()
    assert len(classes) >= 30 and all(name.startswith("org.apache.hadoop.hive.metastore.model.M") for name in classes)
