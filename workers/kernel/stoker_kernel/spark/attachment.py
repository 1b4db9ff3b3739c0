"""This process's tie to the driver's JVM: attached on first use, inherited by a fork, never more than one."""

from __future__ import annotations

import os
import sys
import tempfile
import threading
from typing import TYPE_CHECKING, Any, Callable

from stoker_kernel.post_import import when_imported

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from .gateway import KernelGateway

#: The driver's answer to an attach: port, auth_token, tag, session_id, seeded, facts.
Answer = dict[str, Any]
#: Asks the worker for a door; its argument is the kernel_id whose objects it should be seeded with, or None.
Ask = Callable[[str | None], Answer]


class SparkUnavailable(RuntimeError):
    """This process cannot reach a Spark driver; the message says why."""


class Attachment:
    """States: detached → attached, and in a child forked from an attached zygote: inherited → attached.

    ``attach`` may be called from any thread and as often as anyone likes."""

    def __init__(self) -> None:
        self.answer: Answer | None = None
        self.gateway: "KernelGateway | None" = None
        self.python_path = os.environ.get("PYTHONPATH")  # before the run's own packages
        self._ask: Ask | None = None
        self._in_zygote = False
        self._inherited_from: str | None = None
        self._lock = threading.RLock()
        self._hooked = False

    @property
    def attached(self) -> bool:
        return self.answer is not None

    @property
    def seeded(self) -> bool:
        """Whether Java objects made before the fork are bound in this process's gateway."""
        return self.answer is not None and bool(self.answer.get("seeded"))

    @property
    def inherited(self) -> bool:
        """Whether this process was forked from one that was attached, and has not been given a door of its own yet."""
        return self.answer is None and self.gateway is not None

    def install(self, ask: Ask) -> None:
        """Makes every way to a SparkSession in this process lead to the driver's JVM. Imports nothing."""
        self._ask = ask
        self._in_zygote = False
        self.python_path = os.environ.get("PYTHONPATH")
        self._hook()

    def attach(self) -> None:
        """Attaches this process if it is not; raises SparkUnavailable with the worker's reason when it cannot be."""
        with self._lock:
            if self.answer is not None:
                return
            if self._ask is None:
                raise SparkUnavailable("Spark is available in notebook runs only.")
            self._enter(self._ask(self._inherited_from))
            if self._inherited_from is not None and not self.seeded:
                _forget_objects()
            self._start_threads()

    def attach_zygote(self, answer: Answer) -> None:
        """Attaches a zygote by an answer that the worker got for it, and starts no thread."""
        with self._lock:
            self._in_zygote = True
            self._hook()
            self._enter(answer)

    def forbid(self) -> None:
        """Leaves this process detached for good: a SparkSession made in it raises SparkUnavailable."""
        self._in_zygote = True
        self._hook()

    def session(self) -> "SparkSession":
        """This process's session, attached and made if need be."""
        from pyspark.sql import SparkSession

        self.attach()
        return SparkSession.builder.getOrCreate()

    def release_now(self) -> None:
        """Frees in the JVM what this zygote's Python no longer holds."""
        if self.gateway is not None and self.answer is not None:
            self.gateway.release_now()

    def own_context_parts(self) -> tuple[Any, Any]:
        """Accumulator server and its JVM counterpart for a context made now: (None, None) in a zygote, where the
        server's thread would not survive the fork."""
        from pyspark import accumulators

        assert self.gateway is not None
        if self._in_zygote:
            return None, None
        token = self.gateway.gateway_parameters.auth_token
        server = accumulators._start_update_server(token)
        host, port = server.server_address
        accumulator = self.gateway.jvm.PythonAccumulatorV2(host, port, token)
        self.gateway.entry_point.sparkContext().register(accumulator)
        return server, accumulator

    def _enter(self, answer: Answer) -> None:
        from .gateway import KernelGateway

        if self.gateway is None:
            self.gateway = KernelGateway(answer["port"], answer["auth_token"])
        else:
            self.gateway.point_at(answer["port"], answer["auth_token"])
        self.answer = answer
        os.environ["SPARK_AUTH_SOCKET_TIMEOUT"] = answer["facts"]["auth_socket_timeout"]
        os.environ["SPARK_BUFFER_SIZE"] = answer["facts"]["buffer_size"]

    def _start_threads(self) -> None:
        """What a zygote left out because a fork would lose it."""
        from pyspark import SparkContext

        assert self.gateway is not None
        self.gateway.start_finalizer()
        # mlflow.spark hands models over through this folder; the JVM writes it, so it must be this run's alone.
        os.environ.setdefault("MLFLOW_DFS_TMP", os.path.join(tempfile.gettempdir(), "mlflow"))
        context = SparkContext._active_spark_context
        if context is not None and context._jsc is not None:
            context._accumulatorServer, context._javaAccumulator = self.own_context_parts()
            context._temp_dir = tempfile.mkdtemp(prefix="spark-")

    def _hook(self) -> None:
        if self._hooked:
            return
        self._hooked = True
        os.register_at_fork(after_in_child=self._after_fork)
        when_imported("pyspark.sql.context", lambda _: self._patch())

    def _patch(self) -> None:
        from .pyspark_patches import patch

        patch(self)

    def _after_fork(self) -> None:
        self._lock = threading.RLock()
        if self.gateway is None:
            return
        if self._in_zygote:
            self._inherited_from = self.answer["kernel_id"] if self.answer else self._inherited_from
            self.answer = None
            self.gateway.leave_to_parent(self.attach)
            _forget_session_parts()
        else:
            # A notebook's own child (multiprocessing): it may use the same door, by connections of its own.
            self.gateway.leave_to_parent(lambda: None)


def _forget_session_parts() -> None:
    """An inherited session object stands for this process's own session; what it keeps of the zygote's must go."""
    module = sys.modules.get("pyspark.sql.session")
    session = module.SparkSession._instantiatedSession if module is not None else None
    for name in ("_conf", "_catalog"):
        if session is not None:
            session.__dict__.pop(name, None)


def _forget_objects() -> None:
    """None of the inherited Java objects is there any more: the driver was started anew after the fork's parent."""
    from pyspark import SparkContext
    from pyspark.sql import SparkSession, SQLContext

    SparkContext._active_spark_context = None
    SparkSession._instantiatedSession = SparkSession._activeSession = None
    SQLContext._instantiatedContext = None
    flavor = sys.modules.get("mlflow.spark")
    if flavor is not None:
        flavor._HadoopFileSystem._filesystem = None


#: pyspark keeps its context, session and gateway in class attributes; there can be one attachment in a process.
ATTACHMENT = Attachment()
