"""The catalog of tables: Hive's metastore, from pyspark's own jars. No kernel: `stoker up` starts it.

    python -m stoker_kernel.metastore --fd N --folder F --jars J --database-url URL --dbfs-root R

Descriptor N listens already, on the loopback, so clients may come before this process does: their connections wait for
it. The database's password comes in PGPASSWORD and goes no further than this process and its JVM.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import sys
import zipfile
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit
from xml.etree import ElementTree

from stoker_kernel import isolation, process, subreaper
from stoker_kernel.jvm import spark_home, start_jvm
from stoker_kernel.spark.dbfs import WAREHOUSE, hadoop_settings
from stoker_kernel.spark.log4j import LOG_TO_STDERR

_JAVA_OPTIONS = ("-Xms32m", "-Xmx256m", "-XX:+UseSerialGC", "-XX:+ExitOnOutOfMemoryError", "-XX:TieredStopAtLevel=1")
_SETTINGS = {
    # Its appenders do not start on Java 17.
    "hive.async.log.enabled": "false",
    # An empty database gets its tables at the start, all of them: made when they are first used, from a second connection,
    # they would wait for the transaction that uses them.
    "datanucleus.schema.autoCreateAll": "true",
    "datanucleus.autoStartMechanism": "Classes",
    "datanucleus.autoStartMechanismMode": "ignored",
    "hive.metastore.schema.verification": "false",
    "javax.jdo.option.ConnectionDriverName": "org.postgresql.Driver",
    "datanucleus.connectionPoolingType": "HikariCP",
    "datanucleus.connectionPool.maxPoolSize": "4",
    "hive.metastore.warehouse.dir": WAREHOUSE,
    # The root of DBFS says of itself that nobody may write to it, so the first schema would be closed to everyone.
    "hive.warehouse.subdir.inherit.perms": "false",
}
_FEWEST_THREADS = 2
_MOST_THREADS = 200  # one a driver that is connected


def main() -> int:
    """Serves until it is told to end, or its JVM ends."""
    parser = argparse.ArgumentParser(prog="stoker_kernel.metastore")
    parser.add_argument("--fd", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--jars", required=True)
    parser.add_argument("--database-url", required=True)
    parser.add_argument("--dbfs-root", required=True)
    options = parser.parse_args()
    password = os.environ.pop("PGPASSWORD", "")
    process.set_dumpable(False)
    process.become_subreaper()
    process.die_with_parent()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    _close_in(options)
    settings = {
        **_SETTINGS,
        **hadoop_settings(options.dbfs_root),
        "datanucleus.autoStartClassNames": ",".join(_stored_classes()),
        "javax.jdo.option.ConnectionURL": jdbc_url(options.database_url),
        "javax.jdo.option.ConnectionUserName": urlsplit(options.database_url).username or "",
        "javax.jdo.option.ConnectionPassword": password,
    }
    try:
        _serve(_start_jvm(options), settings)
        return 1
    finally:
        subreaper.end_descendants()


def jdbc_url(url: str) -> str:
    """A libpq URL as the JDBC driver reads it, which knows sockets in a folder by a factory only."""
    parts = urlsplit(url)
    parameters = dict(parse_qsl(parts.query))
    host = unquote(parts.hostname or "") or parameters.pop("host", "localhost")
    port = parts.port or int(parameters.pop("port", 5432))
    if host.startswith("/"):
        parameters["socketFactory"] = "org.newsclub.net.unix.AFUNIXSocketFactory$FactoryArg"
        parameters["socketFactoryArg"] = f"{host}/.s.PGSQL.{port}"
        host = "localhost"
    return f"jdbc:postgresql://{host}:{port}{quote(parts.path)}?{urlencode(parameters)}"


def _stored_classes() -> list[str]:
    """What Hive keeps in its database, by its own description."""
    with zipfile.ZipFile(next(spark_home().glob("jars/hive-metastore-*.jar"))) as jar:
        described = ElementTree.fromstring(jar.read("package.jdo"))
    return [f"{package.get('name')}.{each.get('name')}" for package in described for each in package.findall("class")]


def _close_in(options: argparse.Namespace) -> None:
    """From here on, as its clients say: in their folders of tables and in its own, nowhere else."""
    temporary = options.folder / "tmp"
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(0o700)
    os.environ["HOME"] = str(options.folder)
    os.chdir(options.folder)
    read = [options.jars, *_certificates(options.database_url), *filter(None, [os.environ.get("JAVA_HOME")])]
    isolation.confine(isolation.reach_of_this_process(read, [str(options.folder), options.dbfs_root]))


def _certificates(url: str) -> list[str]:
    parameters = parse_qsl(urlsplit(url).query)
    return [value for name, value in parameters if name.startswith("ssl") and value.startswith("/")]


def _start_jvm(options: argparse.Namespace) -> Any:
    logging = options.folder / "log4j2.properties"
    logging.write_text(LOG_TO_STDERR)
    os.set_blocking(options.fd, True)  # whoever made the socket may have waited at it
    places = (f"-Djava.io.tmpdir={options.folder / 'tmp'}", f"-Dlog4j2.configurationFile={logging}")
    return start_jvm([f"{options.jars}/*"], [*_JAVA_OPTIONS, *places], stdin=options.fd)


def _serve(jvm: Any, settings: dict[str, str]) -> None:
    """What HiveMetaStore.main does, but on our socket: its own would listen on every address."""
    hive = jvm.org.apache.hadoop.hive
    thrift = jvm.org.apache.thrift
    conf = hive.conf.HiveConf()
    for key, value in settings.items():
        conf.set(key, value)
    handler = getattr(hive.metastore, "HiveMetaStore$HMSHandler")("stoker", conf, False)
    handler = hive.metastore.HiveMetaStore.newRetryingHMSHandler(handler, conf)
    socket = thrift.transport.TServerSocket(jvm.java.lang.System.inheritedChannel().socket())
    arguments = getattr(thrift.server, "TThreadPoolServer$Args")(socket)
    arguments.processor(hive.metastore.TSetIpAddressProcessor(handler))
    arguments.minWorkerThreads(_FEWEST_THREADS).maxWorkerThreads(_MOST_THREADS)
    thrift.server.TThreadPoolServer(arguments).serve()


if __name__ == "__main__":
    sys.exit(main())
