"""S3A's file systems are not shared between jobs, because each job has a role of its own: Spark makes a new one for each file.

Nobody closes them. The garbage collector takes them, but for 140 KB each that S3A's metrics hold for ever (HADOOP-18526, partly mended
in Hadoop 3.3.5). Nothing reads these metrics here, so they are made to hold nothing: the memory of a lake does not grow with its files.
"""

from __future__ import annotations

from typing import Any


def forget_file_systems(jvm: Any) -> None:
    """Let the metrics of S3A, in a machine that was just started, hold what they measure by weak references only."""
    instrumentation = jvm.org.apache.hadoop.fs.s3a.S3AInstrumentation(jvm.java.net.URI("s3a://none"))
    metrics = instrumentation.getMetricsSystem()
    references = jvm.org.apache.commons.collections.map.AbstractReferenceMap
    for name in ("allSources", "namedCallbacks"):
        weak = jvm.org.apache.commons.collections.map.ReferenceMap(references.HARD, references.WEAK)
        _field(metrics.getClass(), name).set(metrics, jvm.java.util.Collections.synchronizedMap(weak))
    # figures that are renewed every second are held by the clock that renews them
    clock = _field(jvm.java.lang.Class.forName("org.apache.hadoop.metrics2.lib.MutableQuantiles"), "scheduler").get(None)
    clock.setRejectedExecutionHandler(jvm.java.util.concurrent.ThreadPoolExecutor.DiscardPolicy())
    clock.shutdownNow()


def _field(owner: Any, name: str) -> Any:
    field = owner.getDeclaredField(name)
    field.setAccessible(True)
    return field
