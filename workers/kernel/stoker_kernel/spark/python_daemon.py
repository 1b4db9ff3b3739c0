"""pyspark's daemon, which forks the processes that run Python tasks, with what Stoker adds to each of them.

``python -m stoker_kernel.spark.python_daemon``, started by the JVM (``spark.python.daemon.module``).
"""

from __future__ import annotations

import gc
import importlib.util
import os
import socket
import sys
from typing import Any

from stoker_kernel.checkout import MODULE_PATH


def _prefer_installed_pyspark() -> None:
    """Takes the zip files that Spark puts on the path away where the environment has pyspark itself.

    Before each task pyspark has every importer look at its files again, and one for zip files reads the whole
    directory of pyspark.zip then: 30 ms a task."""
    zipped = [path for path in sys.path if path.endswith((".zip", ".jar"))]
    sys.path[:] = [path for path in sys.path if path not in zipped]
    if importlib.util.find_spec("pyspark") is None or importlib.util.find_spec("py4j") is None:
        sys.path.extend(zipped)
        return
    for path in zipped:
        sys.path_importer_cache.pop(path, None)


def _install() -> None:
    import pyspark.daemon
    import pyspark.worker
    from pyspark import TaskContext

    from stoker_kernel.spark import task_marks

    worker, worker_main, add_path = pyspark.daemon.worker, pyspark.daemon.worker_main, pyspark.worker.add_path

    def marked_main(infile: Any, outfile: Any) -> None:
        try:
            worker_main(infile, outfile)
        finally:
            task_marks.unmark()

    def add_path_of_task(path: str) -> None:
        # The first step of a task after its properties have been read and before any code of the user's is.
        context = TaskContext.get()
        task_marks.mark_task(context.getLocalProperty("spark.job.tags") if context is not None else None)
        add_path(path)

    def worker_without_delay(sock: socket.socket, authenticated: bool) -> int:
        # Results go back in several small writes, each of which would wait for the last one's delayed acknowledgement.
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return worker(sock, authenticated)

    pyspark.daemon.worker_main = marked_main
    pyspark.daemon.worker = worker_without_delay
    pyspark.worker.add_path = add_path_of_task


def main() -> None:
    """Serves the JVM until it closes standard input."""
    _prefer_installed_pyspark()
    # Last, as in the notebook: a folder of a repository may have the name of a package.
    sys.path.extend(filter(None, os.environ.get(MODULE_PATH, "").split(os.pathsep)))
    _install()
    import pyspark.daemon

    # A worker collects garbage after every task; what is loaded here never is any.
    gc.collect()
    gc.freeze()
    pyspark.daemon.manager()


if __name__ == "__main__":
    main()
