"""Lets pyspark's own constructors make a context and sessions around the driver's JVM, whose life is not theirs to end.

Applied once a process, when pyspark has been imported. After it, ``SparkSession.builder.getOrCreate()``,
``SparkContext(...)``, ``spark.stop()`` and the rest keep their meaning within one kernel: nothing a kernel calls starts
a JVM, ends the shared context, sets the JVM's default session or touches another kernel's jobs.
"""

from __future__ import annotations

import os
import sys
import tempfile
import threading
from typing import TYPE_CHECKING, Any

from stoker_kernel.checkout import MODULE_PATH, RUN_FOLDER
from stoker_kernel.display import display
from stoker_kernel.spark import catalog_names, statements

if TYPE_CHECKING:
    from pyspark import SparkContext
    from pyspark.sql import SparkSession

    from .attachment import Attachment


def patch(attachment: "Attachment") -> None:
    """Replaces the few methods of pyspark that reach for a JVM's life. Needs pyspark imported; calls no JVM."""
    import pyspark.context

    _patch_gateway(pyspark.context, attachment)
    _patch_context(pyspark.context.SparkContext, attachment)
    _patch_session(attachment)


def _patch_gateway(module: Any, attachment: "Attachment") -> None:
    def launch_gateway(conf: Any = None, popen_kwargs: Any = None) -> Any:
        attachment.attach()
        return attachment.gateway

    module.launch_gateway = launch_gateway


def _patch_context(cls: "type[SparkContext]", attachment: "Attachment") -> None:
    ensure_initialized = cls._ensure_initialized.__func__  # type: ignore[attr-defined]
    clear_tags = cls.clearJobTags

    def _ensure_initialized(klass: Any, instance: Any = None, gateway: Any = None, conf: Any = None) -> None:
        if attachment.inherited:
            attachment.attach()
        ensure_initialized(klass, instance, gateway, conf)

    def stop(self: "SparkContext") -> None:
        """Ends this notebook's context: cancels its jobs. The driver's JVM and other notebooks go on."""
        if getattr(self, "_jsc", None):
            self._jsc.sc().cancelJobsWithTag(_tag(attachment))
            self._jsc = None
        if getattr(self, "_accumulatorServer", None):
            # It waits for its thread's next look, half a second at most; nobody needs to wait with it.
            threading.Thread(target=self._accumulatorServer.shutdown, daemon=True).start()
            self._accumulatorServer = None  # type: ignore[assignment]
        with cls._lock:
            cls._active_spark_context = None

    def cancelAllJobs(self: "SparkContext") -> None:
        """Cancels all jobs of this notebook; the same context runs other notebooks' jobs."""
        self._jsc.sc().cancelJobsWithTag(_tag(attachment))

    def clearJobTags(self: "SparkContext") -> None:
        """Clears this thread's job tags, but for the one by which the run's jobs are cancelled with it."""
        clear_tags(self)
        self.addJobTag(_tag(attachment))

    def environment(self: "SparkContext") -> dict[str, Any]:
        """What Python tasks are started with. They are forked by the JVM, which knows nothing of the packages that a run
        has installed for itself, before or after its context was made, nor of its checkout."""
        own = {name: os.environ[name] for name in (MODULE_PATH, RUN_FOLDER) if name in os.environ}
        path = os.environ.get("PYTHONPATH")
        if path != attachment.python_path:
            own["PYTHONPATH"] = path or ""
        return {**self._environment, **own} if own else self._environment

    def set_environment(self: "SparkContext", value: dict[str, Any]) -> None:
        self._environment = value

    cls.environment = property(environment, set_environment)  # type: ignore[assignment]
    cls._ensure_initialized = classmethod(_ensure_initialized)  # type: ignore[method-assign,assignment]
    cls._do_init = lambda self, *a, **k: _fill(self, attachment, *a, **k)  # type: ignore[method-assign,misc]
    cls.stop = stop  # type: ignore[method-assign]
    cls.cancelAllJobs = cancelAllJobs  # type: ignore[method-assign]
    cls.clearJobTags = clearJobTags  # type: ignore[method-assign]


def _fill(
    self: "SparkContext",
    attachment: "Attachment",
    master: Any,
    appName: Any,
    sparkHome: Any,
    pyFiles: Any,
    environment: Any,
    batchSize: int,
    serializer: Any,
    conf: Any,
    jsc: Any,
    profiler_cls: Any,
    udf_profiler_cls: Any,
    memory_profiler_cls: Any,
) -> None:
    """Stands for SparkContext._do_init: the same attributes, from the JVM's running context.

    Master, name and configuration of the caller are left aside, as for any context that exists already."""
    from pyspark import SparkConf
    from pyspark.files import SparkFiles
    from pyspark.broadcast import BroadcastPickleRegistry
    from pyspark.serializers import AutoBatchedSerializer, BatchedSerializer

    assert attachment.gateway is not None and attachment.answer is not None
    facts = attachment.answer["facts"]
    java_context = attachment.gateway.entry_point.sparkContext()
    self._jsc = jsc or attachment.gateway.jvm.JavaSparkContext.fromSparkContext(java_context)
    self._conf = SparkConf(_jconf=java_context.conf())
    self.environment = {**(environment or {}), "PYTHONHASHSEED": os.environ.get("PYTHONHASHSEED", "0")}
    self._batchSize = batchSize
    self._unbatched_serializer = serializer
    self.serializer = AutoBatchedSerializer(serializer) if batchSize == 0 else BatchedSerializer(serializer, batchSize)
    self.master, self.appName, self.sparkHome = facts["master"], facts["app_name"], None
    self._accumulatorServer, self._javaAccumulator = attachment.own_context_parts()
    self._encryption_enabled = facts["encryption"]
    self.pythonExec = facts["python"] or os.environ.get("PYSPARK_PYTHON", sys.executable)
    self.pythonVer = "%d.%d" % sys.version_info[:2]
    self._pickled_broadcast_vars = BroadcastPickleRegistry()
    self._python_includes = []
    SparkFiles._sc = self
    if facts["files_folder"] not in sys.path:
        sys.path.insert(1, facts["files_folder"])
    for path in pyFiles or []:
        self.addPyFile(path)
    self._temp_dir = tempfile.mkdtemp(prefix="spark-")
    self.profiler_collector = None  # type: ignore[assignment]
    if facts["python_profile"] or facts["python_memory_profile"]:
        from pyspark.profiler import ProfilerCollector

        self.profiler_collector = ProfilerCollector(
            profiler_cls, udf_profiler_cls, memory_profiler_cls, facts["python_profile_dump"] or None
        )


def _patch_session(attachment: "Attachment") -> None:
    from pyspark.sql import session as module
    from pyspark.sql.context import SQLContext
    from pyspark.errors.exceptions.captured import install_exception_handler

    cls = module.SparkSession

    def __init__(
        self: "SparkSession", sparkContext: "SparkContext", jsparkSession: Any = None, options: dict[str, Any] = {}
    ) -> None:
        assert attachment.gateway is not None
        self._sc = sparkContext
        self._jsc = sparkContext._jsc
        self._jvm = sparkContext._jvm
        # The entry point has one id in every gateway, so in a fork it is the fork's own session.
        self._jsparkSession = attachment.gateway.entry_point if jsparkSession is None else jsparkSession
        if options:
            getattr(getattr(self._jvm, "SparkSession$"), "MODULE$").applyModifiableSettings(
                self._jsparkSession, options
            )
        module._monkey_patch_RDD(self)
        install_exception_handler()
        if cls._instantiatedSession is None or cls._instantiatedSession._sc._jsc is None:
            cls._instantiatedSession = cls._activeSession = self

    def stop(self: "SparkSession") -> None:
        """Ends this notebook's session; see SparkContext.stop."""
        self._sc.stop()
        cls._instantiatedSession = cls._activeSession = None
        SQLContext._instantiatedContext = None

    statements.patch(module)
    catalog_names.patch(module)
    module.DataFrame.display = display  # type: ignore[attr-defined]
    cls.__init__ = __init__  # type: ignore[method-assign]
    cls.stop = stop  # type: ignore[method-assign]


def _tag(attachment: "Attachment") -> str:
    assert attachment.answer is not None
    return attachment.answer["tag"]
