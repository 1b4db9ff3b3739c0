"""What a driver holds, for tests and metrics: whether anything of a kernel outlives it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Sequence

if TYPE_CHECKING:
    from py4j.clientserver import ClientServer

    from .endpoints import Endpoints
    from .jvm import Jvm

_SESSION_CLASS = "org.apache.spark.sql.SparkSession"
_GATEWAY_CLASS = "py4j.Gateway"


def census(jvm: "Jvm", endpoints: "Endpoints") -> dict[str, Any]:
    """Counts after a full collection: attached kernels, their bound objects, live sessions and gateways of the JVM (the
    driver's own included), heap in bytes. Stops the JVM's world for the collection."""
    view = jvm.gateway.jvm
    beans = view.java.lang.management.ManagementFactory
    view.java.lang.System.gc()
    live = _live_instances(jvm)
    return {
        "kernels": len(endpoints),
        "bindings": endpoints.bindings(),
        "sessions": live.get(_SESSION_CLASS, 0),
        "gateways": live.get(_GATEWAY_CLASS, 0),
        "threads": beans.getThreadMXBean().getThreadCount(),
        "heap_bytes": beans.getMemoryMXBean().getHeapMemoryUsage().getUsed(),
    }


def _live_instances(jvm: "Jvm") -> dict[str, int]:
    """Class name → live instances, by the JVM's own diagnostic command (which collects first)."""
    gateway, view = jvm.gateway, jvm.gateway.jvm
    server = view.java.lang.management.ManagementFactory.getPlatformMBeanServer()
    # The server's own class is hidden in its module; the method is reached through the public interface.
    by_name = view.java.lang.Class.forName
    text = by_name("java.lang.String")
    types = [by_name("javax.management.ObjectName"), text, by_name("[Ljava.lang.Object;"), by_name("[Ljava.lang.String;")]
    invoke = by_name("javax.management.MBeanServer").getMethod("invoke", _array(gateway, view.java.lang.Class, types))
    command = view.javax.management.ObjectName("com.sun.management:type=DiagnosticCommand")
    parameters = _array(gateway, view.java.lang.Object, [_array(gateway, view.java.lang.String, [])])
    signature = _array(gateway, view.java.lang.String, ["[Ljava.lang.String;"])
    arguments = _array(gateway, view.java.lang.Object, [command, "gcClassHistogram", parameters, signature])
    histogram = invoke.invoke(server, arguments)
    counts = {}
    for line in histogram.splitlines():
        fields = line.split()
        if len(fields) >= 4 and fields[0].endswith(":") and fields[3] in (_SESSION_CLASS, _GATEWAY_CLASS):
            counts[fields[3]] = int(fields[1])
    return counts


def _array(gateway: "ClientServer", kind: Any, values: Sequence[Any]) -> Any:
    array = gateway.new_array(kind, len(values))
    for index, value in enumerate(values):
        array[index] = value
    return array
