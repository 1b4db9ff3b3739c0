"""``spark`` in a kernel: sessions in the driver's JVM, made on first use. Importing this imports neither pyspark nor py4j."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from .attachment import ATTACHMENT, Answer, SparkUnavailable

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

__all__ = ["SparkUnavailable", "attach_zygote", "forbid", "install", "release_now", "seeded", "session_for", "session_in_zygote", "used"]


class Asks(Protocol):
    """What this package needs of a kernel."""

    def ask(self, what: str, **fields: Any) -> dict[str, Any]:
        """Sends ``{"event":"ask","what":…}`` to the worker and returns its answer's fields; raises on ``ok: false``."""


def install(kernel: Asks) -> None:
    """Makes ``SparkSession.builder.getOrCreate()`` and the like lead to the worker's driver; called before user code."""

    def ask(seed_from: str | None) -> Answer:
        fields = {"seed_from": seed_from} if seed_from else {}
        try:
            return kernel.ask("spark", **fields)
        except SparkUnavailable:
            raise
        except Exception as error:
            raise SparkUnavailable(str(error)) from error

    ATTACHMENT.install(ask)


def session_for(kernel: Asks) -> "SparkSession":
    """The kernel's session, attached on the first call; raises SparkUnavailable with the worker's reason."""
    if ATTACHMENT._ask is None:
        install(kernel)
    return ATTACHMENT.session()


def attach_zygote(answer: Answer) -> None:
    """Attaches a zygote by the driver's answer for it; kernels forked from it attach for themselves."""
    ATTACHMENT.attach_zygote(answer)


def session_in_zygote() -> "SparkSession":
    """The session of an attached zygote, which its kernels inherit as an object and fill with their own."""
    return ATTACHMENT.session()


def release_now() -> None:
    """Frees in the JVM what an attached zygote's Python no longer holds, before it is forked."""
    ATTACHMENT.release_now()


def forbid() -> None:
    """Makes every way to Spark in this zygote raise SparkUnavailable, instead of starting a JVM of its own."""
    ATTACHMENT.forbid()


def seeded() -> bool:
    """Attaches this process if it is not, and says whether Java objects made before the fork can be used in it."""
    ATTACHMENT.attach()
    return ATTACHMENT.seeded


def used() -> bool:
    """Whether this process has attached to a driver on its own behalf."""
    return ATTACHMENT.attached
