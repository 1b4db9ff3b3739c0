"""py4j's Python side, made fit for forking: no thread before it is asked for, and a way to leave a parent's sockets alone.

A zygote attaches to the JVM and holds Java objects; a kernel forked from it has copies of the same Python objects. The
copies are pointed at the kernel's own gateway, in which the same object ids are bound (see ``endpoints``).
"""

from __future__ import annotations

import os
import threading
from collections import deque
from typing import Any, Callable

from py4j.clientserver import ClientServer, ClientServerConnection, FinalizerWorker, JavaClient, JavaParameters, PythonParameters

_IMPORTS = (
    "org.apache.spark.SparkConf",
    "org.apache.spark.api.java.*",
    "org.apache.spark.api.python.*",
    "org.apache.spark.ml.python.*",
    "org.apache.spark.mllib.api.python.*",
    "org.apache.spark.resource.*",
    "org.apache.spark.sql.*",
    "org.apache.spark.sql.api.python.*",
    "org.apache.spark.sql.hive.*",
    "scala.Tuple2",
)


class _Client(JavaClient):
    """Asks for an address when the first connection is made, not before: a kernel that uses no Spark attaches to none."""

    before_connect: Callable[[], None] | None = None

    def _create_new_connection(self) -> ClientServerConnection:
        ask, self.before_connect = self.before_connect, None
        if ask is not None:
            ask()
        return super()._create_new_connection()


class KernelGateway(ClientServer):
    """A connection to one py4j gateway of the driver's JVM. Not shared between processes: see ``leave_to_parent``."""

    def __init__(self, port: int, auth_token: str) -> None:
        super().__init__(
            java_parameters=JavaParameters(port=port, auth_token=auth_token, auto_convert=True),
            python_parameters=PythonParameters(port=0, eager_load=False),
        )
        self.proc = None  # pyspark keeps the JVM's process here; it is the driver's
        self._import_names()

    def _create_finalizer_worker(self) -> "deque[Any]":
        # py4j starts its thread here. Object releases queue up until start_finalizer, and a zygote never calls it.
        return deque()

    def _create_gateway_client(self) -> _Client:
        return _Client(self.java_parameters, self.python_parameters, finalizer_deque=self._create_finalizer_worker())

    def start_finalizer(self) -> None:
        """Starts the thread that tells the JVM of the objects Python no longer holds."""
        worker = FinalizerWorker(self._gateway_client.finalizer_deque)
        worker.daemon = True
        worker.start()

    def release_now(self) -> None:
        """Tells the JVM of released objects without a thread; for a zygote, whose kernels would inherit them."""
        client = self._gateway_client
        while client.finalizer_deque:
            _, target = client.finalizer_deque.pop()
            client.garbage_collect_object(target, enqueue=False)

    def leave_to_parent(self, before_connect: Callable[[], None]) -> None:
        """Called in a forked child: forgets the parent's connections without touching them. ``before_connect`` runs
        before the first connection of the child's own and must call ``point_at``."""
        client = self._gateway_client
        while client.deque:
            _forget(client.deque.pop())
        client.finalizer_deque.clear()
        client.thread_connection = threading.local()
        client.before_connect = before_connect
        client.is_connected = True

    def point_at(self, port: int, auth_token: str) -> None:
        """Directs every connection made from now on to another gateway of the same JVM."""
        client = self._gateway_client
        client.before_connect = None
        self.java_parameters.port = client.port = port
        self.java_parameters.auth_token = auth_token
        self._import_names()

    def _import_names(self) -> None:
        from py4j.java_gateway import java_import

        for name in _IMPORTS:
            java_import(self.jvm, name)


def _forget(connection: ClientServerConnection) -> None:
    """Closes this process's descriptor only. py4j's own close would shut the connection down for the parent as well."""
    inherited, connection.socket, connection.stream = connection.socket, None, None
    if inherited is not None:
        os.close(inherited.detach())
