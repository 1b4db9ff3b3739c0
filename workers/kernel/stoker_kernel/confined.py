"""Runs a command that reads the system and what it is given, writes what it is given, and reaches nothing else.

    python -m stoker_kernel.confined [--read PATH]... [--write PATH]... -- COMMAND [ARGUMENT]...

For what builds environments and reads files that users name: there Landlock binds code of others as in a notebook.
Only the standard library is needed, since it runs before there is an environment.
"""

from __future__ import annotations

import argparse
import os
import sys

from stoker_kernel import isolation

NOT_FOUND = 127  # as in a shell


def main(arguments: list[str]) -> int:
    """Does not return when the command could be started."""
    split = arguments.index("--")
    command = arguments[split + 1 :]
    parser = argparse.ArgumentParser(prog="stoker_kernel.confined")
    parser.add_argument("--read", action="append", default=[])
    parser.add_argument("--write", action="append", default=[])
    options = parser.parse_args(arguments[:split])
    # It says where this package is, and is not meant for the command.
    os.environ.pop("PYTHONPATH", None)
    isolation.confine(isolation.reach_of_this_process(options.read, options.write))
    try:
        os.execvp(command[0], command)
    except FileNotFoundError:
        print(f"{command[0]}: not found", file=sys.stderr)
        return NOT_FOUND


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
