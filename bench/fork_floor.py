"""The fork floor: a warm Python forks, runs one cell in the kernel's shell, exits. Prints p50, p99, forks a second."""

import json
import os
import sys
import time

from stoker_kernel.shell import make_shell


def one_fork(shell) -> float:
    began = time.perf_counter()
    pid = os.fork()
    if pid == 0:
        shell.outputs.begin_cell(0)
        shell.run_python("1")
        os._exit(0)
    os.waitpid(pid, 0)
    return (time.perf_counter() - began) * 1000


shell = make_shell()
shell.outputs.begin_cell(0)
shell.run_python("1")
took = sorted(one_fork(shell) for _ in range(int(sys.argv[1])))
print(
    json.dumps(
        {"p50 ms": took[len(took) // 2], "p99 ms": took[int(len(took) * 0.99)], "forks/s": 1000 * len(took) / sum(took)}
    )
)
