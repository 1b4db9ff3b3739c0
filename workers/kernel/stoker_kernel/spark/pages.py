"""The pages of Spark's UI, without a port: whoever may see the cluster gets them through Stoker's server.

Spark serves them by Jetty. Its network connectors are closed as soon as the context is there, and one that lives in memory
takes their place, so that nobody else on the machine can read them.
"""

from __future__ import annotations

import base64
import contextlib
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Callable

if TYPE_CHECKING:
    from .jvm import Jvm

#: A page is made by Jetty within this, or not at all.
_PATIENCE_SECONDS = 30
_MOST_BYTES = 16 * 1024 * 1024
_AT_ONCE = 2
#: Pages are served to the connector of this name only (JettyUtils.SPARK_CONNECTOR_NAME).
_SPARKS_CONNECTOR = "Spark"


class Pages:
    """Answers requests for pages on threads of its own. Made by the driver's loop, once its context is there."""

    def __init__(self, jvm: "Jvm") -> None:
        self._view = jvm.gateway.jvm
        self._connector: Any = None
        self._threads = ThreadPoolExecutor(_AT_ONCE, "pages")
        ui = self._view.org.apache.spark.SparkContext.getOrCreate().ui()
        if ui.isEmpty():
            return  # the definition says spark.ui.enabled: false
        server = ui.get().serverInfo().get().server()
        for connector in server.getConnectors():
            connector.stop()
        self._connector = self._view.org.sparkproject.jetty.server.LocalConnector(server)
        self._connector.setName(_SPARKS_CONNECTOR)
        server.addConnector(self._connector)
        self._connector.start()

    def ask(self, request: dict[str, Any], tell: Callable[[dict[str, Any]], None]) -> None:
        """Tells of the answer to ``{"request_id","target","base"}``: a whole HTTP response, in base64. ``base`` is where
        the pages are for the browser; their links begin with it."""
        self._threads.submit(self._serve, request, tell)

    def _serve(self, request: dict[str, Any], tell: Callable[[dict[str, Any]], None]) -> None:
        try:
            response = self._response(request["target"], request["base"])
        except Exception as error:
            response = _refusal(f"The page could not be made: {error}")
        with contextlib.suppress(OSError):  # the worker leaves
            tell({"event": "page", "request_id": request["request_id"], "response": base64.b64encode(response).decode()})

    def _response(self, target: str, base: str) -> bytes:
        if self._connector is None:
            return _refusal("The cluster's definition turns the Spark UI off (spark.ui.enabled).")
        head = (f"GET {target} HTTP/1.1", "Host: localhost", f"X-Forwarded-Context: {base}", "Connection: close", "", "")
        asked = self._view.java.nio.ByteBuffer.wrap("\r\n".join(head).encode())
        seconds = self._view.java.util.concurrent.TimeUnit.SECONDS
        answered = self._connector.getResponse(asked, False, _PATIENCE_SECONDS, seconds)
        if answered is None:
            return _refusal(f"Spark did not make the page within {_PATIENCE_SECONDS} s.")
        if answered.remaining() > _MOST_BYTES:
            return _refusal(f"The page is larger than {_MOST_BYTES} bytes.")
        return bytes(self._view.org.sparkproject.jetty.util.BufferUtil.toArray(answered))


def _refusal(message: str) -> bytes:
    body = message.encode()
    return b"HTTP/1.1 503 Unavailable\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
