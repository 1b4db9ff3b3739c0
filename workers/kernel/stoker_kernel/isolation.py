"""What code of others can reach: of a kernel its own folder, the shared DBFS root, and the system read-only; of the
driver and of builds what they are given (driver.py, confined.py)."""

from __future__ import annotations

import dataclasses
import os
import pwd
import sys
from typing import Any

from stoker_kernel import landlock, limits, process

_SYSTEM = ("/usr", "/lib", "/lib32", "/lib64", "/bin", "/sbin", "/opt", "/proc", "/sys")

# Of /etc what programs need to start, to resolve names and to check certificates: no keys, no password hashes.
_ETC = (
    "alternatives",
    "bash.bashrc",
    "ca-certificates",
    "ca-certificates.conf",
    "crypto-policies",
    "debian_version",
    "environment",
    "fonts",
    "gai.conf",
    "group",
    "host.conf",
    "hostname",
    "hosts",
    "inputrc",
    "java",
    "ld.so.cache",
    "ld.so.conf",
    "ld.so.conf.d",
    "locale.alias",
    "localtime",
    "machine-id",
    "magic",
    "magic.mime",
    "maven",
    "mime.types",
    "networks",
    "nsswitch.conf",
    "openssl",
    "os-release",
    "passwd",
    "pip.conf",
    "pki/tls/certs",
    "profile",
    "profile.d",
    "protocols",
    "python3",
    "python3.11",
    "resolv.conf",
    "services",
    "shells",
    "ssl/certs",
    "ssl/openssl.cnf",
    "terminfo",
    "timezone",
    "uv",
    "xdg",
)

_DEVICES = ("null", "zero", "full", "random", "urandom", "shm", "tty", "ptmx", "pts")
_ACCELERATORS = ("nvidia", "dri", "kfd")


@dataclasses.dataclass(frozen=True)
class Reach:
    """What may be read, and what may be written too."""

    read: tuple[str, ...]
    write: tuple[str, ...]


def reach_of_this_process(extra_read: list[str], extra_write: list[str]) -> Reach:
    """The Python environment, this package, DBFS (`STOKER_DBFS_ROOT`), the server's authority (`STOKER_CA_BUNDLE`) and what
    the worker names."""
    read = [
        *_SYSTEM,
        *(f"/etc/{name}" for name in _ETC),
        *(f"/etc/{name}" for name in os.listdir("/etc") if name.startswith("java-")),
        sys.prefix,
        sys.base_prefix,
        sys.exec_prefix,
        os.path.dirname(os.path.realpath(sys.executable)),
        os.path.dirname(os.path.dirname(os.path.abspath(__file__))),
        *filter(None, [os.environ.get("STOKER_CA_BUNDLE")]),
        *extra_read,
    ]
    devices = [f"/dev/{name}" for name in _DEVICES]
    devices += [f"/dev/{name}" for name in os.listdir("/dev") if name.startswith(_ACCELERATORS)]
    write = [*devices, *extra_write]
    if dbfs_root := os.environ.get("STOKER_DBFS_ROOT"):
        write.append(dbfs_root)
    # A path that only stands for the root of the tree would open everything.
    return Reach(tuple(dict.fromkeys(p for p in read if os.path.realpath(p) != "/")), tuple(dict.fromkeys(write)))


def enter(common: landlock.Places, folder: str, memory_mb: int | None, cgroup: str | None) -> dict[str, Any]:
    """Makes this process a kernel's, which writes to `folder` beside what is `common` to all (and closes its
    descriptors); what is in force, as the worker stores it."""
    limits.go_first_when_memory_runs_out()
    joined = limits.join_cgroup(cgroup)
    limits.apply(memory_mb, joined is not None)
    own = landlock.Places((), (folder,))
    version = _give_up_all_but(common, own)
    own.close()
    common.close()
    return {"os_user": _USER_NAME, "landlock_abi": version, "cgroup": joined}


def confine(reach: Reach) -> int:
    """Takes this process's rights away, for good and from all it starts; the version of Landlock that is in force.

    0 where Linux has no Landlock: then only the OS user's file permissions hold.
    """
    places = landlock.Places(reach.read, reach.write)
    version = _give_up_all_but(places)
    places.close()
    return version


def _give_up_all_but(*places: landlock.Places) -> int:
    process.forbid_new_privileges()
    process.drop_capabilities()
    version = landlock.abi()
    if version > 0:
        ruleset = landlock.Ruleset()
        for some in places:
            ruleset.allow(some)
        ruleset.enforce()
    return version


def _user_name() -> str:
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())


# Looked up before any fork: it reads files.
_USER_NAME = _user_name()
