"""What goes between the parts of a cluster's Spark: who may take part, and what others on the network can read of it. Pure."""

from __future__ import annotations

LOOPBACK = "127.0.0.1"


def settings(secret: str, address: str) -> dict[str, str]:
    """Spark's settings by which its parts know one another. What leaves the machine is encrypted by the same secret."""
    known = {"spark.authenticate": "true", "spark.authenticate.secret": secret}
    if is_loopback(address):
        return known
    return known | {
        "spark.network.crypto.enabled": "true",
        "spark.network.crypto.saslFallback": "false",
        # How they agree on a key; Spark's default is an older way, for the sake of older clients. The cipher is AES in counter
        # mode, which does not notice changes: the other mode, GCM, hangs in Spark 3.5 (SPARK-56227).
        "spark.network.crypto.authEngineVersion": "2",
    }


def is_loopback(address: str) -> bool:
    """Whether only this machine reaches it."""
    return address.startswith("127.") or address in ("localhost", "[::1]")
