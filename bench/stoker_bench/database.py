"""Stoker's embedded Postgres, as its owner sees it."""

import re
from dataclasses import dataclass
from pathlib import Path

from stoker_bench.places import BENCH, output_of, postgres_programs

FLOOR_DATABASE = "bench_floor"


@dataclass(frozen=True)
class Database:
    sockets: Path
    password: str
    name: str = "stoker"

    @classmethod
    def of(cls, data_folder: Path) -> "Database":
        return cls(data_folder / "run", (data_folder / "postgres.password").read_text().strip())

    def named(self, name: str) -> "Database":
        return Database(self.sockets, self.password, name)

    @property
    def dsn(self) -> str:
        return f"host={self.sockets} user=stoker password={self.password} dbname={self.name}"

    def sql(self, statement: str) -> str:
        """The rows, one a line, columns parted by |."""
        return self.psql("-c", statement).rstrip("\n")

    def psql(self, *arguments: str) -> str:
        return output_of(*self.psql_command, "-v", "ON_ERROR_STOP=1", *arguments, PGPASSWORD=self.password)

    @property
    def psql_command(self) -> tuple[str, ...]:
        """Without the password, which others could read there."""
        return ("psql", "-XAtq", "-h", str(self.sockets), "-U", "stoker", "-d", self.name)

    def create(self, name: str) -> "Database":
        """Unless it is there."""
        if self.sql(f"SELECT count(*) FROM pg_database WHERE datname = '{name}'") == "0":
            self.sql(f"CREATE DATABASE {name}")
        return self.named(name)

    def run_file(self, file: Path, **variables: str) -> None:
        given = [argument for name, value in variables.items() for argument in ("-v", f"{name}={value}")]
        self.psql(*given, "-f", str(file))

    def pgbench(self, script: Path, clients: int, seconds: float) -> float:
        """Transactions a second."""
        command = (str(postgres_programs() / "pgbench"), "-n", "-M", "prepared", "-c", str(clients), "-j", "1")
        command += (
            "-T",
            str(max(1, round(seconds))),
            "-f",
            str(script),
            "-h",
            str(self.sockets),
            "-U",
            "stoker",
            self.name,
        )
        output = output_of(*command, PGPASSWORD=self.password)
        found = re.search(r"tps = ([\d.]+)", output)
        if not found:
            raise RuntimeError(f"pgbench printed no tps: {output}")
        return float(found[1])

    def settings(self) -> dict[str, str]:
        names = (
            "server_version",
            "fsync",
            "synchronous_commit",
            "full_page_writes",
            "wal_sync_method",
            "shared_buffers",
        )
        return {name: self.sql(f"SHOW {name}") for name in names}


def floor_statements() -> dict[str, str]:
    """Of bench/sql/floor_round_trip.sql, by name."""
    parts = (BENCH / "sql/floor_round_trip.sql").read_text().split("-- name: ")[1:]
    return {part.partition("\n")[0].strip(): part.partition("\n")[2].strip() for part in parts}
