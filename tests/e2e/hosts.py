"""Network namespaces as machines of their own: they reach this one over a bridge, and nothing else."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

BRIDGE = "stoker0"
SERVER_ADDRESS = "10.77.0.1"


def ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True, text=True)


class Host:
    def __init__(self, number: int) -> None:
        self.name = f"stoker-host{number}"
        self.link = f"stoker{number}"  # this machine's end of its cable
        ip("netns", "add", self.name)
        ip("link", "add", self.link, "type", "veth", "peer", "name", "eth0", "netns", self.name)
        ip("link", "set", self.link, "master", BRIDGE, "up")
        for command in (["link", "set", "lo", "up"], ["addr", "add", f"10.77.0.{number}/24", "dev", "eth0"], ["link", "set", "eth0", "up"]):
            ip("-n", self.name, *command)

    def command(self, *arguments: str) -> list[str]:
        return ["ip", "netns", "exec", self.name, *arguments]

    def unplug(self) -> None:
        ip("link", "set", self.link, "down")

    def plug_in(self) -> None:
        ip("link", "set", self.link, "up")

    def remove(self) -> None:
        ip("link", "del", self.link)
        ip("netns", "del", self.name)


@contextmanager
def hosts(count: int) -> Iterator[list[Host]]:
    ip("link", "add", BRIDGE, "type", "bridge")
    made: list[Host] = []
    try:
        ip("addr", "add", f"{SERVER_ADDRESS}/24", "dev", BRIDGE)
        ip("link", "set", BRIDGE, "up")
        for number in range(2, 2 + count):
            made.append(Host(number))
        yield made
    finally:
        for host in made:
            host.remove()
        ip("link", "del", BRIDGE)
