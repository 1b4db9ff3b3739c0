"""Debian's Slurm on this machine, for a test: munged, slurmctld and slurmd in a folder of their own, on ports of their own."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from waiting import until

# Two workers of the node type local.small fit on the machine, by count of its processors.
SMALL_CORES = max(1, (os.cpu_count() or 1) // 4)
PROCESSORS = 2 * SMALL_CORES
LIVING = "PENDING,RUNNING,SUSPENDED,COMPLETING,CONFIGURING"

CONFIGURATION = """
ClusterName=stoker
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller_port}
SlurmdPort={daemon_port}
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge/socket
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
SlurmdParameters=config_overrides
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
SwitchType=switch/none
MpiDefault=none
JobAcctGatherType=jobacct_gather/none
MailProg=/bin/true
ReturnToService=2
KillWait=30
NodeName={host} NodeAddr=127.0.0.1 CPUs={processors} RealMemory={memory_mb} State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


@dataclass
class Job:
    job_id: int
    name: str
    state: str

    @property
    def worker_id(self) -> str:
        return self.name.removeprefix("stoker-")


class Slurm:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.configuration = folder / "slurm.conf"
        self.environ = {"SLURM_CONF": str(self.configuration)}
        self._daemons: dict[str, subprocess.Popen[bytes]] = {}

    def start(self) -> None:
        for name in ("munge", "state", "spool"):
            (self.folder / name).mkdir(mode=0o755)
        key = self.folder / "munge/key"
        key.write_bytes(os.urandom(1024))
        key.chmod(0o600)
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
        self.configuration.write_text(
            CONFIGURATION.format(
                host=socket.gethostname().partition(".")[0],
                folder=self.folder,
                controller_port=free_port(),
                daemon_port=free_port(),
                processors=PROCESSORS,
                memory_mb=memory,
            )
        )
        munge = self.folder / "munge"
        files = [f"--{name}-file={munge / name}" for name in ("key", "log", "pid", "seed")]
        self._daemon("munged", "--foreground", "--force", f"--socket={munge / 'socket'}", *files)
        until((munge / "socket").exists, "munged")
        self.start_controller()
        self._daemon("slurmd", "-D")
        until(lambda: self.call("sinfo", "--noheader", "--format=%T") == "idle", "Slurm's node")

    def start_controller(self) -> None:
        self._daemon("slurmctld", "-D")
        until(lambda: "UP" in self.call("scontrol", "ping", check=False), "slurmctld")

    def stop_controller(self) -> None:
        """As for an update of Slurm: killed, it would forget the jobs of the last seconds."""
        controller = self._daemons.pop("slurmctld")
        controller.terminate()
        controller.wait(60)

    def stop(self) -> None:
        for name in ("slurmd", "slurmctld", "munged"):
            if daemon := self._daemons.pop(name, None):
                daemon.terminate()
                daemon.wait(30)

    def call(self, *command: str, check: bool = True) -> str:
        done = subprocess.run(command, env=os.environ | self.environ, capture_output=True, text=True, check=False)
        assert not check or done.returncode == 0, f"{command}: {done.stderr}"
        return done.stdout.strip()

    def jobs(self, states: str = LIVING) -> list[Job]:
        lines = self.call("squeue", "--noheader", f"--states={states}", "--format=%A|%j|%T").splitlines()
        return [Job(int(job_id), name, state) for job_id, name, state in (line.split("|") for line in lines)]

    def _daemon(self, *command: str) -> None:
        with (self.folder / "daemons.log").open("ab") as log:
            daemon = subprocess.Popen(command, stdout=log, stderr=log, env=os.environ | self.environ)
        self._daemons[command[0]] = daemon


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def slurm_on_this_machine() -> Iterator[Slurm]:
    folder = Path(tempfile.mkdtemp(prefix="stoker-slurm-"))
    folder.chmod(0o755)
    slurm = Slurm(folder)
    try:
        slurm.start()
        yield slurm
        left = slurm.jobs()
        assert left == [], f"jobs that nobody ended: {left}"
    finally:
        slurm.stop()
        shutil.rmtree(folder, ignore_errors=True)
