"""`dbutils.fs`: files of DBFS and of the run. `dbfs:/x`, `/x` and `/dbfs/x` are one file; `file:/x` is a local one."""

from __future__ import annotations

import os
import posixpath
from typing import Any, NamedTuple

from stoker_kernel.dbutils.help import Helpful
from stoker_kernel.errors import UnsupportedError

# In the root of DBFS: files that the API is still receiving. Nobody's to see.
_HIDDEN = ".stoker-unfinished"


class FileInfo(NamedTuple):
    """One entry of `ls`: `size` in bytes, `modificationTime` in epoch milliseconds."""

    path: str
    name: str
    size: int
    modificationTime: int  # noqa: N815

    def isDir(self) -> bool:  # noqa: N802
        """Whether it is a folder."""
        return self.name.endswith("/")

    def isFile(self) -> bool:  # noqa: N802
        """Whether it is a file."""
        return not self.isDir()


class _Place(NamedTuple):
    local: str
    shown: str


def _place(path: str) -> _Place:
    """The local path, and the path as the reference writes it."""
    if path.startswith("file:"):
        local = posixpath.normpath("/" + path[len("file:") :].lstrip("/"))
        return _Place(local, f"file:{local}")
    scheme, colon, rest = path.partition(":")
    if colon and "/" not in scheme:
        if scheme != "dbfs":
            raise UnsupportedError(f"{path}: only dbfs:/ and file:/ paths are supported")
        path = rest
    elif path == "/dbfs" or path.startswith("/dbfs/"):
        path = path[len("/dbfs") :]
    root = os.environ.get("STOKER_DBFS_ROOT")
    if not root:
        raise UnsupportedError("this worker has no DBFS root")
    # Normalised from the root, so that no `..` leaves it.
    inner = posixpath.normpath("/" + path.lstrip("/"))
    return _Place(root.rstrip("/") + inner, f"dbfs:{inner}")


def local_path(path: str) -> str:
    """The file of this machine that `dbfs:/x`, `/dbfs/x` or `file:/x` stands for: below /dbfs where that is mounted."""
    local = _place(path).local
    root = (os.environ.get("STOKER_DBFS_ROOT") or "").rstrip("/")
    mounted = root and local.startswith(f"{root}/") and os.path.isdir("/dbfs") and os.path.samefile("/dbfs", root)
    return f"/dbfs{local[len(root) :]}" if mounted else local


def _missing(place: _Place) -> FileNotFoundError:
    return FileNotFoundError(f"No such file or directory: {place.shown}")


class FsUtils(Helpful):
    """Files of DBFS (dbfs:/, the default) and local ones (file:/)."""

    def ls(self, path: str) -> list[FileInfo]:
        """Lists a folder, or one file."""
        place = _place(path)
        if not os.path.exists(place.local):
            raise _missing(place)
        if not os.path.isdir(place.local):
            return [_info(place)]
        prefix = place.shown.rstrip("/")
        return [
            _info(_Place(os.path.join(place.local, name), f"{prefix}/{name}"))
            for name in sorted(os.listdir(place.local))
            if (prefix, name) != ("dbfs:", _HIDDEN)
        ]

    def head(self, file: str, maxBytes: int = 65536) -> str:  # noqa: N803
        """The first `maxBytes` bytes of a file, as UTF-8 text."""
        place = _place(file)
        if not os.path.isfile(place.local):
            raise _missing(place)
        with open(place.local, "rb") as source:
            data = source.read(int(maxBytes))
            if source.read(1):
                print(f"[Truncated to first {maxBytes} bytes]")
        return data.decode("utf-8", "replace")

    def put(self, file: str, contents: str, overwrite: bool = False) -> bool:
        """Writes a text as UTF-8; its folders are made."""
        place = _place(file)
        if os.path.exists(place.local) and not overwrite:
            raise FileExistsError(f"{place.shown} exists; overwrite=True replaces it")
        os.makedirs(os.path.dirname(place.local), exist_ok=True)
        data = contents.encode("utf-8")
        with open(place.local, "wb") as target:
            target.write(data)
        print(f"Wrote {len(data)} bytes.")
        return True

    def cp(self, src: str, dst: str, recurse: bool = False) -> bool:
        """Copies a file, or with `recurse` a folder."""
        source, target = _place(src), _place(dst)
        if not os.path.exists(source.local):
            raise _missing(source)
        if os.path.isdir(source.local):
            if not recurse:
                raise IsADirectoryError(f"{source.shown} is a folder; recurse=True copies it")
            _shutil().copytree(source.local, target.local, dirs_exist_ok=True)
            return True
        _shutil().copyfile(source.local, _file_target(source.local, target.local))
        return True

    def mv(self, src: str, dst: str, recurse: bool = False) -> bool:
        """Moves a file, or with `recurse` a folder."""
        source, target = _place(src), _place(dst)
        if not os.path.exists(source.local):
            raise _missing(source)
        if os.path.isdir(source.local) and not recurse:
            raise IsADirectoryError(f"{source.shown} is a folder; recurse=True moves it")
        _shutil().move(source.local, _file_target(source.local, target.local))
        return True

    def rm(self, path: str, recurse: bool = False) -> bool:
        """Removes a file or an empty folder, with `recurse` a full one; False when there is nothing."""
        place = _place(path)
        if not os.path.lexists(place.local):
            return False
        if not os.path.isdir(place.local) or os.path.islink(place.local):
            os.unlink(place.local)
        elif recurse:
            _shutil().rmtree(place.local)
        else:
            os.rmdir(place.local)
        return True

    def mkdirs(self, path: str) -> bool:
        """Makes a folder and those above it."""
        os.makedirs(_place(path).local, exist_ok=True)
        return True

    def mounts(self) -> list[Any]:
        """The mounts: there are none."""
        return []

    def mount(self, *_: Any, **__: Any) -> None:
        """Not supported."""
        raise UnsupportedError("dbutils.fs.mount is not supported: dbfs:/ is a folder of this server's own")

    updateMount = unmount = refreshMounts = mount  # noqa: N815


def _shutil() -> Any:
    """The module, loaded on first use: it brings every compression library along."""
    import shutil

    return shutil


def _file_target(source: str, target: str) -> str:
    """Where a file goes: into a folder that exists, else to the very path, whose folders are made."""
    if os.path.isdir(target):
        return os.path.join(target, os.path.basename(source))
    os.makedirs(os.path.dirname(target), exist_ok=True)
    return target


def _info(place: _Place) -> FileInfo:
    status = os.stat(place.local)
    modified = int(status.st_mtime * 1000)
    name = posixpath.basename(place.shown)
    if os.path.isdir(place.local):
        return FileInfo(place.shown.rstrip("/") + "/", f"{name}/", 0, modified)
    return FileInfo(place.shown, name, status.st_size, modified)
