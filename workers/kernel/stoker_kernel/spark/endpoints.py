"""The driver's side of an attachment: one session, one py4j gateway and one job tag per kernel, inside one JVM.

Every object that a kernel makes in the JVM is bound in its own gateway, so closing that gateway frees them all, however
the kernel ended. A gateway's accept thread is started while the thread that starts it carries the kernel's job tag and
active session: Spark keeps both in inheritable thread locals, so every connection of the kernel, from any of its
threads, has them without the kernel's help.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .conf import EXECUTORS_PYTHON_KEY
from .log_store import compile_log_store

if TYPE_CHECKING:
    from .conf import DriverConfig
    from .jvm import Jvm

#: Bound by every gateway itself; never part of a seed.
_OWN_BINDINGS = ("t", "j", "GATEWAY_SERVER")


class SparkStopped(RuntimeError):
    """The JVM is there and its Spark is not: nothing more is to be had of it. The message is for the run's user."""


@dataclass
class Endpoint:
    """One kernel's door. ``server`` is the JVM's py4j.ClientServer, ``bindings`` its gateway's map of objects."""

    tag: str
    server: Any
    py4j_gateway: Any
    seed: Any = None  # what kernels forked from this one start with, made for the first of them


class Endpoints:
    """All doors of one JVM. Used from one thread: the thread's Spark properties are borrowed during ``attach``."""

    def __init__(self, jvm: "Jvm", config: "DriverConfig") -> None:
        self._view = jvm.gateway.jvm
        self._is_before_its_cluster = not config.cluster_id
        self._context = self._start_context()
        for key, value in config.answered_only().items():
            self._context.conf().set(key, value)
        if config.dbfs_root:
            # A path that does not begin with a slash is in the root of DBFS.
            file_systems, path = self._view.org.apache.hadoop.fs.FileSystem, self._view.org.apache.hadoop.fs.Path
            file_systems.get(self._context.hadoopConfiguration()).setWorkingDirectory(path("/"))
        self._sessions = getattr(self._view, "org.apache.spark.sql.SparkSession")
        # The only default session this JVM ever has; it belongs to no kernel.
        self._root = self._sessions.builder().getOrCreate()
        self._sessions.setDefaultSession(self._root)
        self._sessions.clearActiveSession()
        if config.delta_lake:
            compile_log_store(self._view, config.work_folder)
        self._loopback = self._view.java.net.InetAddress.getByName("127.0.0.1")
        self._builder = getattr(self._view, "py4j.ClientServer$ClientServerBuilder")
        self._read_counter, self._set_counter = self._reflect_counter()
        self._endpoints: dict[str, Endpoint] = {}
        self.facts = self._read_facts()

    def __len__(self) -> int:
        return len(self._endpoints)

    def attach(
        self, kernel_id: str, tag: str, seed_from: str | None = None, conf: dict[str, str] | None = None
    ) -> dict[str, Any]:
        """Opens a door for ``kernel_id``: what it needs to come in, with ``seeded`` saying whether the objects of
        ``seed_from`` are bound in it under the same ids. A second attach of a kernel replaces its first. ``conf``: what a
        session is told of its cluster by a JVM that was started before the cluster was known. Raises SparkStopped."""
        self._check_spark()
        self.detach(kernel_id)
        token = secrets.token_urlsafe(32)
        session = self._root.newSession()
        if self._is_before_its_cluster:
            for key, value in (conf or {}).items():
                session.conf().set(key, value)
        seeder = self._endpoints.get(seed_from) if seed_from else None
        server = (
            self._builder(session)
            .javaPort(0)
            .javaAddress(self._loopback)
            .authToken(token)
            .autoStartJavaServer(False)
            .build()
        )
        java_server = server.getJavaServer()
        endpoint = Endpoint(tag, server, java_server.getGateway())
        if seeder is not None:
            self._seed(endpoint, seeder)
        self._context.addJobTag(tag)
        # Without it a cancelled task that sleeps or waits is only asked to stop.
        self._context.setLocalProperty("spark.job.interruptOnCancel", "true")
        self._sessions.setActiveSession(session)
        try:
            server.startServer()
        finally:
            self._sessions.clearActiveSession()
            self._context.setLocalProperty("spark.job.interruptOnCancel", None)
            self._context.clearJobTags()
        self._endpoints[kernel_id] = endpoint
        return {
            "kernel_id": kernel_id,
            "tag": tag,
            "port": java_server.getListeningPort(),
            "auth_token": token,
            "session_id": session.sessionUUID(),
            "seeded": seeder is not None,
            "facts": self.facts,
        }

    def detach(self, kernel_id: str) -> str | None:
        """Closes a kernel's door and cancels its jobs; returns the tag to cancel again later, None for an unknown one.

        A thread of the kernel that was between two jobs can start one more after the cancel, hence the second. Raises
        SparkStopped."""
        endpoint = self._endpoints.pop(kernel_id, None)
        if endpoint is None:
            return None
        endpoint.server.shutdown()
        self.cancel(endpoint.tag)
        return endpoint.tag

    def cancel(self, tag: str) -> None:
        """Cancels the jobs that now run under ``tag``. Raises SparkStopped."""
        try:
            self._context.cancelJobsWithTag(tag)
        except Exception:
            self._check_spark()
            raise

    def bindings(self) -> int:
        """Objects bound in all kernels' gateways together, the three of each gateway's own not counted."""
        return sum(e.py4j_gateway.getBindings().size() - len(_OWN_BINDINGS) for e in self._endpoints.values())

    def _check_spark(self) -> None:
        if self._context.isStopped():
            raise SparkStopped("The driver's Spark has stopped: a notebook stopped it, or its master was lost.")

    def _start_context(self) -> Any:
        """Spark returns a context that its master has not answered for a minute, and stops it meanwhile."""
        context = self._view.org.apache.spark.SparkContext.getOrCreate()
        # What SchedulerBackend.applicationId makes up as long as no master has given an id.
        if context.master().startswith("spark://") and context.applicationId().startswith("spark-application-"):
            raise SparkStopped(f"The cluster's Spark master at {context.master()} did not take the driver.")
        return context

    def _seed(self, endpoint: Endpoint, seeder: Endpoint) -> None:
        if seeder.seed is None:
            seeder.seed = self._view.java.util.HashMap(seeder.py4j_gateway.getBindings())
            for name in _OWN_BINDINGS:
                seeder.seed.remove(name)
        endpoint.py4j_gateway.getBindings().putAll(seeder.seed)
        # New ids start after the seed's, or the first new object would take the place of a seeded one.
        self._set_counter.invokeWithArguments([endpoint.py4j_gateway, self._read_counter.get(seeder.py4j_gateway) + 1])

    def _reflect_counter(self) -> tuple[Any, Any]:
        """The field that numbers a gateway's objects, and a method handle (gateway, int) that sets it."""
        by_name = self._view.java.lang.Class.forName
        field = by_name("py4j.Gateway").getDeclaredField("objCounter")
        field.setAccessible(True)
        # py4j copies every Number it returns, AtomicInteger too, so reading and setting meet inside the JVM.
        handles = self._view.java.lang.invoke.MethodHandles
        lookup = handles.publicLookup()
        to_int = self._view.java.lang.invoke.MethodType.methodType(
            self._view.java.lang.Void.TYPE, self._view.java.lang.Integer.TYPE
        )
        setter = lookup.findVirtual(by_name("java.util.concurrent.atomic.AtomicInteger"), "set", to_int)
        return field, handles.collectArguments(setter, 0, lookup.unreflectGetter(field))

    def _read_facts(self) -> dict[str, Any]:
        """What every kernel would otherwise ask the JVM for, one round trip each."""
        utils = self._view.org.apache.spark.api.python.PythonUtils
        conf = self._context.conf()
        java_context = self._view.org.apache.spark.api.java.JavaSparkContext.fromSparkContext(self._context)
        return {
            "master": self._context.master(),
            "app_name": self._context.appName(),
            "spark_version": self._context.version(),
            "encryption": bool(utils.isEncryptionEnabled(java_context)),
            "auth_socket_timeout": str(utils.getPythonAuthSocketTimeout(java_context)),
            "buffer_size": str(utils.getSparkBufferSize(java_context)),
            "files_folder": self._view.org.apache.spark.SparkFiles.getRootDirectory(),
            # Where executors share this machine's files, kernels name their own Python.
            "python": "" if self._context.isLocal() else conf.get(EXECUTORS_PYTHON_KEY, ""),
            "python_profile": conf.get("spark.python.profile", "false") == "true",
            "python_memory_profile": conf.get("spark.python.profile.memory", "false") == "true",
            "python_profile_dump": conf.get("spark.python.profile.dump", ""),
        }
