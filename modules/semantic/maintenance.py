"""Maintenance of a topic's tables by Iceberg's own procedures (src/aws/spark/maintenance.ts)."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Callable

from lease import Json
from pyspark.sql import SparkSession


def maintain(spark: SparkSession, plan: Json, prove: Callable[[], None]) -> Json:
    """Runs the plan's procedures. Snapshots that the checkpoint or the newest batch needs do not expire."""
    done = []
    for work in plan["maintenance"]:
        newest = f"SELECT unix_micros(max(committed_at)) AS at FROM {work['table']}.snapshots WHERE {work['keep']}"
        kept = spark.sql(newest).first()
        assert kept is not None
        for statement in work["statements"]:
            expires = "{older_than}" in statement["sql"]
            if expires and kept["at"] is None:
                continue
            limit = min(int(work["older_than_micros"]), int(kept["at"] or 0))
            prove()
            rows = spark.sql(statement["sql"].replace("{older_than}", timestamp(limit))).collect()
            # The removal of orphans returns one row per file. Every other procedure returns one row of figures.
            result = {name: str(value) for name, value in rows[0].asDict().items()} if rows else {}
            done.append({"table": work["table"], "action": statement["name"], "rows": len(rows), "result": result})
    return {"batch_id": plan["batch"]["batch_id"], "maintenance": done}


def timestamp(micros: int) -> str:
    """A literal, because procedures accept no expressions."""
    return f"TIMESTAMP '{datetime.fromtimestamp(micros / 1_000_000, timezone.utc):%Y-%m-%d %H:%M:%S.%f}'"
