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
        # Spark's defaults are older: a key that is the secret itself, and a cipher that does not notice changes.
        "spark.network.crypto.authEngineVersion": "2",
    }


def is_loopback(address: str) -> bool:
    """Whether only this machine reaches it."""
    return address.startswith("127.") or address in ("localhost", "[::1]")
