"""Runs one rendered plan of the semantic job on Spark and commits the result (docs/aws.md).

It knows no contract: statements come from the plan document (src/aws/spark/plan.ts), settings of the catalog from Spark's
configuration. Every write may be repeated: a rerun of a batch finds what an earlier run committed, and goes on from there.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import time
from typing import Any, Callable, Optional
from urllib.parse import urlparse

import boto3  # type: ignore[import-untyped]
import json_tokens
import patterns
from errors import JobError, job_error
from lease import Json, Lease, now_micros
from maintenance import maintain, timestamp
from pyspark import cloudpickle
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.functions import col, expr, lit

PLAN_VERSION = 1
# Duplicates of a reception arrive within 15 days: 14 days in the queue, and one in the stream.
COPY_DAYS = 15
# HMAC's block size for SHA-256 (RFC 2104).
BLOCK_BYTES = 64
FATES = ("inserted", "updated", "duplicate", "superseded", "stale", "rejected")
# Keys of snapshot summaries by the names used here. A test compares them with their owner, src/semantic/snapshot-labels.ts.
LABEL_PREFIX = "lean-ops."
LABELS = {
    "batch_id": "lean-ops.batch-id",
    "maintenance": "lean-ops.maintenance",
    "checks": "lean-ops.checks",
    "live_rows": "lean-ops.live-rows",
    "carried": "lean-ops.carried",
    "chosen": "lean-ops.chosen",
    "redriven": "lean-ops.redriven",
    "raw_distinct_sources": "lean-ops.raw-distinct-sources",
    "raw_extra_copies": "lean-ops.raw-extra-copies",
    "raw_rows": "lean-ops.raw-rows",
    "inserted": "lean-ops.inserted",
    "updated": "lean-ops.updated",
    "duplicate": "lean-ops.duplicate",
    "superseded": "lean-ops.superseded",
    "stale": "lean-ops.stale",
    "rejected": "lean-ops.rejected",
}
# The SQL rules that the plan relies on, whatever the cluster's defaults are.
SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "false",
    "spark.sql.parser.escapedStringLiterals": "false",
    "spark.sql.caseSensitive": "false",
    # Live rows are counted by reading rows: the ledger compares this figure with the manifests.
    "spark.sql.iceberg.aggregate-push-down.enabled": "false",
}


def read_json(uri: str) -> Json:
    bucket, key = s3_place(uri)
    return json.loads(boto3.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read())  # type: ignore[no-any-return]


def write_json(uri: str, document: Json) -> None:
    bucket, key = s3_place(uri)
    body = json.dumps(document, sort_keys=True).encode()
    boto3.client("s3").put_object(Bucket=bucket, Key=key, Body=body, ContentType="application/json")


def s3_place(uri: str) -> tuple[str, str]:
    place = urlparse(uri)
    return place.netloc, place.path.lstrip("/")


def masking_key(secret: str, fingerprint: Optional[str]) -> Optional[bytes]:
    """The key's bytes, checked against the intent's fingerprint. The secret is hex text. It is never printed."""
    if secret == "-":
        return None
    found = boto3.client("secretsmanager").get_secret_value(SecretId=secret)
    text = found.get("SecretString") or found["SecretBinary"].decode()
    key = bytes.fromhex(text.strip())
    actual = hashlib.sha256(b"lean-ops masking key" + key).hexdigest()[:16]
    if fingerprint is not None and actual != fingerprint:
        raise JobError("MASKING_KEY_CHANGED", f"the key's fingerprint is {actual}, expected {fingerprint}")
    return key


# ---- the batch -------------------------------------------------------------------------------------------------------


class Batch:
    def __init__(self, spark: SparkSession, plan: Json, prove: Callable[[], None]) -> None:
        self.spark = spark
        self.plan = plan
        self.prove = prove
        self.batch: Json = plan["batch"]
        self.id: str = self.batch["batch_id"]
        self.rebuild: bool = self.batch["kind"] == "rebuild"
        self.counted = ("raw_rows", *FATES, *(("chosen", "redriven") if self.batch["kind"] == "redrive" else ()))
        self.tables: dict[str, Json] = plan["tables"]
        self.semantic: str = self.tables["semantic"]["identifier"]
        self.branch = f"batch_{self.id}"
        self.views: list[str] = []

    def run(self, key: Optional[bytes]) -> Json:
        started = time.monotonic()
        configure(self.spark)
        # By value, because Python workers do not have the modules on their path.
        for module in (json_tokens, patterns):
            cloudpickle.register_pickle_by_value(module)  # type: ignore[no-untyped-call]
        self.spark.udf.register("json_tokens", json_tokens.json_tokens, "array<string>")
        self.spark.udf.register("matches_whole", json_tokens.matches_whole, "boolean")
        self.prove()
        follows = [define(self.spark, self.tables[name]) for name in ("errors", "drift", "semantic")][-1]
        if not follows and not self.rebuild:
            raise JobError("REBUILD_REQUIRED", f"{self.semantic} has columns of other types than the contract")
        done = self.committed()
        if done is None:
            try:
                self.bind(key)
                figures = self.figures()
                if self.is_over_budget(figures):
                    done = self.held(figures)
                else:
                    self.label(figures)
                    self.append_findings()
                    self.commit(figures, follows)
            finally:
                jvm(self.spark).org.apache.iceberg.EnvironmentContext.remove(LABELS["batch_id"])
                for view in self.views:
                    self.spark.catalog.dropTempView(view)
            done = done or self.committed()
            if done is None:
                raise JobError("INTERNAL", f"{self.semantic} has no snapshot of batch {self.id} after its commit")
        self.drop_branches()
        if self.batch["purge_history"]:
            self.purge()
        return {**done, "seconds": round(time.monotonic() - started, 3)}

    def committed(self) -> Optional[Json]:
        """The outcome of this batch from its snapshot; None if main has no snapshot of it."""
        row = self.spark.sql(
            f"SELECT s.snapshot_id, s.summary FROM {self.semantic}.history h JOIN {self.semantic}.snapshots s "
            f"ON s.snapshot_id = h.snapshot_id WHERE h.is_current_ancestor "
            f"AND s.summary['{LABELS['batch_id']}'] = '{self.id}' ORDER BY s.committed_at DESC"
        ).first()
        if row is None:
            return None
        summary: dict[str, str] = row["summary"]

        def figure(name: str) -> int:
            return int(summary[LABELS[name]])

        return {
            "batch_id": self.id,
            "counts": {name: figure(name) for name in self.counted},
            **{name: figure(name) for name in ("live_rows", "carried", "raw_distinct_sources", "raw_extra_copies")},
            "checks": json.loads(summary[LABELS["checks"]]),
            "counted_snapshot_id": self.batch["counted_snapshot_id"],
            "semantic_snapshot_id": str(row["snapshot_id"]),
        }

    def bind(self, key: Optional[bytes]) -> None:
        """Creates the relations that the plan's statements read (src/sql/render.ts), then runs the plan's steps."""
        raw = self.raw_rows().selectExpr("*", "monotonically_increasing_id() AS _rid")
        self.keep("raw_batch", raw)
        # The branch starts at main's snapshot of now, so the batch can only be committed on the rows that it was computed from.
        self.drop_branches()
        # If the table has no snapshot, Iceberg creates an empty one for the branch. Its label marks it as our own.
        context = jvm(self.spark).org.apache.iceberg.EnvironmentContext
        context.put(LABELS["maintenance"], "branch")
        self.spark.sql(f"ALTER TABLE {self.semantic} CREATE BRANCH `{self.branch}`")
        context.remove(LABELS["maintenance"])
        self.base = self.main_head()
        before = f"{self.semantic} VERSION AS OF '{self.branch}'"
        self.spark.sql(self.plan["target"].replace("{table}", before)).createOrReplaceTempView("target")
        # An earlier run of this batch may have appended its errors already. They must not count as known errors.
        others = "false" if self.rebuild else f"batch_id <> '{self.id}'"
        errors = self.spark.table(self.tables["errors"]["identifier"]).where(others)
        unstamped = errors.withColumn("redriven_batch_id", expr(f"nullif(redriven_batch_id, '{self.id}')"))
        unstamped.createOrReplaceTempView("known_errors")
        self.spark.sql(self.plan["batch_info"]).createOrReplaceTempView("batch_info")
        blocks = [(None, None) if key is None else (padded(key, 0x36), padded(key, 0x5C))]
        self.spark.createDataFrame(blocks, "ipad binary, opad binary").createOrReplaceTempView("masking_key")
        for step in [*self.plan["prepare"], *self.plan["steps"]]:
            self.keep(step["name"], self.spark.sql(step["sql"]))
        self.keep("upserts", self.upserts())

    def main_head(self) -> Any:
        return self.spark.sql(f"SELECT snapshot_id FROM {self.semantic}.refs WHERE name = 'main'").first()

    def drop_branches(self) -> None:
        """Drops the branches of all batches, also of those that a rebuild replaced: they would keep old rows.

        The job holds the lease, so no other batch is running.
        """
        self.prove()
        for row in self.spark.sql(f"SELECT name FROM {self.semantic}.refs WHERE name RLIKE '^batch_[0-9a-f]+$'").collect():
            self.spark.sql(f"ALTER TABLE {self.semantic} DROP BRANCH `{row['name']}`")

    def raw_rows(self) -> DataFrame:
        raw, start, end = self.tables["raw"]["identifier"], self.batch["start_snapshot_id"], self.batch["end_snapshot_id"]
        if start is None:
            return self.spark.read.option("snapshot-id", end).table(raw)
        self.check_history(int(start), int(end))
        return self.spark.read.option("start-snapshot-id", start).option("end-snapshot-id", end).table(raw)

    def check_history(self, start: int, end: int) -> None:
        """Raises RAW_HISTORY_CHANGED if a snapshot changed or deleted rows: Iceberg's incremental read would skip it."""
        known = {row["snapshot_id"]: row for row in self.spark.sql(self.plan["raw_history"]).collect()}
        at: Optional[int] = end
        while at != start:
            row = known.get(at)
            if row is None or not row["readable"]:
                operation = "missing" if row is None else row["operation"]
                raise JobError("RAW_HISTORY_CHANGED", f"snapshot {at} of RAW, after {start}: {operation}")
            at = row["parent_id"]

    def upserts(self) -> DataFrame:
        """The plan's upserts, with NULL for columns that only earlier contracts had."""
        rows = self.spark.sql(self.plan["upserts"])
        old = [field for field in self.spark.table(self.semantic).schema if field.name not in rows.columns]
        return rows.select("*", *(lit(None).cast(field.dataType).alias(field.name) for field in old))

    def keep(self, name: str, frame: DataFrame) -> None:
        """Computes a relation once, now. Otherwise its plan would become a part of every later statement's plan."""
        frame.localCheckpoint().createOrReplaceTempView(name)
        self.views.append(name)

    def figures(self) -> Json:
        row = self.spark.sql(self.plan["counts"]).first()
        assert row is not None
        counts = {name: int(row[name]) for name in self.counted}
        total = sum(counts[fate] for fate in FATES)
        if total != counts["raw_rows"]:
            raise JobError("INTERNAL", f"the fates' sum is {total}, but there are {counts['raw_rows']} RAW rows")
        checks = [row.asDict() for row in self.spark.sql(self.plan["checks"]).collect()] if self.plan["checks"] else []
        before = self.spark.sql("SELECT count(*) AS n FROM target").first()
        receptions = self.receptions() if counts["raw_rows"] > 0 else 0
        assert before is not None
        return {
            **counts,
            "live_rows": int(before["n"]) + counts["inserted"],
            "carried": int(before["n"]) if self.rebuild else 0,
            "raw_distinct_sources": receptions,
            "raw_extra_copies": counts["raw_rows"] - receptions,
            "checks": json.dumps(checks),
        }

    def is_over_budget(self, figures: Json) -> bool:
        """The same rule as in src/quality/budget.ts. The step after the job applies it and halts the topic."""
        budget = self.batch.get("budget") or {"share": 1, "minimum": 1}
        rows = figures["raw_rows"]
        return bool(rows >= max(budget["minimum"], 1) and figures["rejected"] / rows > budget["share"])

    def held(self, figures: Json) -> Json:
        """The outcome of a batch over its budget. Nothing is committed: the rows stay backlog until a person decides."""
        return {
            "batch_id": self.id,
            "over_budget": True,
            "counts": {name: figures[name] for name in ("raw_rows", *FATES)},
            "live_rows": figures["live_rows"] - figures["inserted"],
            "raw_distinct_sources": figures["raw_distinct_sources"],
            "checks": [],
        }

    def receptions(self) -> int:
        """Counts the batch's distinct sources that RAW did not hold before: queue and stream may deliver twice."""
        raw, counted = self.tables["raw"]["identifier"], self.batch["counted_snapshot_id"]
        new = self.spark.table("raw_batch").select("source").distinct()
        oldest = self.spark.sql(f"SELECT min(ingestion_ts) - INTERVAL {COPY_DAYS} DAYS AS at FROM raw_batch").first()
        if counted is not None and oldest is not None:
            earlier = self.spark.read.option("snapshot-id", counted).table(raw).where(col("ingestion_ts") >= oldest["at"])
            new = new.join(earlier.select("source"), "source", "left_anti")
        return new.count()

    def label(self, figures: Json) -> None:
        """Adds labels to every snapshot from now on, through Iceberg's context: Spark SQL accepts no snapshot property."""
        context = jvm(self.spark).org.apache.iceberg.EnvironmentContext
        for name, value in self.plan["summary"].items():
            context.put(f"{LABEL_PREFIX}{name}", str(value))
        for name, value in figures.items():
            context.put(LABELS[name], str(value))

    def append_findings(self) -> None:
        if self.plan["stamp"] is not None:
            self.prove()
            self.spark.sql(self.plan["stamp"])
        for name in ("errors", "drift"):
            table, rows = self.tables[name]["identifier"], self.spark.sql(self.plan[name])
            if self.spark.sql(f"SELECT 1 FROM {table} WHERE batch_id = '{self.id}' LIMIT 1").first() is not None:
                continue
            self.prove()
            if self.rebuild and name == "errors":
                rows.writeTo(table).overwrite(lit(True))
            elif not rows.isEmpty():
                rows.writeTo(table).append()

    def commit(self, figures: Json, follows: bool) -> None:
        """Writes to the branch, counts its rows, and moves main to it if no other writer moved main meanwhile."""
        if not follows:
            self.prove()
            self.spark.sql(self.tables["semantic"]["replace"])
            return
        target = f"{self.semantic}.branch_{self.branch}"
        if self.rebuild:
            self.spark.table("upserts").writeTo(target).overwrite(lit(True))
        elif figures["inserted"] + figures["updated"] > 0:
            self.spark.sql(self.plan["merge"].replace("{target}", target))
        else:
            self.spark.table("upserts").writeTo(target).append()
        live = self.spark.sql(f"SELECT count(*) AS n FROM {self.semantic} VERSION AS OF '{self.branch}'").first()
        if live is None or live["n"] != figures["live_rows"]:
            raise JobError("INTERNAL", f"{live and live['n']} live rows, expected {figures['live_rows']}")
        self.prove()
        catalog, _, table = self.semantic.partition(".")
        try:
            self.spark.sql(f"CALL {catalog}.system.fast_forward('{table.replace('`', '')}', 'main', '{self.branch}')")
        except Exception as error:
            # The type of Iceberg's error does not show the cause, but main's snapshot does.
            if self.main_head() != self.base:
                raise JobError("COMMIT_CONFLICT", f"main of {self.semantic} moved during the batch") from error
            raise

    def purge(self) -> None:
        """Expires all older snapshots: they show values that the contract masks now."""
        for name in ("semantic", "errors"):
            catalog, _, table = self.tables[name]["identifier"].replace("`", "").partition(".")
            self.spark.sql(
                f"CALL {catalog}.system.expire_snapshots(table => '{table}', retain_last => 1, "
                f"older_than => {timestamp(now_micros() + 60_000_000)})"
            )


def configure(spark: SparkSession) -> None:
    for name, value in SETTINGS.items():
        spark.conf.set(name, value)


def padded(key: bytes, pad: int) -> bytearray:
    short = hashlib.sha256(key).digest() if len(key) > BLOCK_BYTES else key
    return bytearray(byte ^ pad for byte in short.ljust(BLOCK_BYTES, b"\0"))


def jvm(spark: SparkSession) -> Any:
    return spark.sparkContext._jvm


def define(spark: SparkSession, table: Json) -> bool:
    """Creates the table, or changes it to match the plan. False if only a new table can match it."""
    name: str = table["identifier"]
    spark.sql(table["create"])
    known = {field.name: field.dataType.simpleString() for field in spark.table(name).schema}
    changed = [column for column in table["columns"] if column["type"] != known.get(column["name"])]
    if any(column["name"] in known and known[column["name"]] not in column["widens"] for column in changed):
        return False
    for column in changed:
        verb = f"ALTER COLUMN `{column['name']}` TYPE" if column["name"] in known else f"ADD COLUMN `{column['name']}`"
        spark.sql(f"ALTER TABLE {name} {verb} {column['type']}")
    loaded = jvm(spark).org.apache.iceberg.spark.Spark3Util.loadIcebergTable(spark._jsparkSession, name.replace("`", ""))
    fields, schema = loaded.spec().fields(), loaded.schema()
    cut = {f"{field.transform()} {schema.findColumnName(field.sourceId())}": field.name() for field in fields}
    wanted = {f"{part['transform']} {part['column']}": part["sql"] for part in table["partitions"]}
    for gone in cut.keys() - wanted.keys():
        spark.sql(f"ALTER TABLE {name} DROP PARTITION FIELD `{cut[gone]}`")
    for new in [each for each in wanted if each not in cut]:
        spark.sql(f"ALTER TABLE {name} ADD PARTITION FIELD {wanted[new]}")
    return True


# ---- the job ---------------------------------------------------------------------------------------------------------


def main(argv: list[str]) -> None:
    args = arguments(argv)
    sessions: list[SparkSession] = []

    def cancel() -> None:
        for session in sessions:
            session.sparkContext.cancelAllJobs()

    lease = Lease(args, boto3.client("dynamodb"), cancel)
    remedies: dict[str, str] = {}
    try:
        lease.start()
        plan = read_json(args.plan_uri)
        remedies = plan.get("remedies", {})
        asked = (PLAN_VERSION, args.topic, args.batch_id)
        if (plan["version"], plan["topic"], plan["batch"]["batch_id"]) != asked:
            raise JobError("INTERNAL", f"{args.plan_uri} is not a plan of version {PLAN_VERSION} for this batch")
        key = masking_key(args.masking_secret, plan["batch"]["masking_key_fingerprint"])
        spark = SparkSession.builder.appName(f"lean-ops {args.topic}").getOrCreate()
        sessions.append(spark)
        if plan["batch"]["kind"] == "maintain":
            configure(spark)
            outcome = maintain(spark, plan, lease.prove_held)
        else:
            outcome = Batch(spark, plan, lease.prove).run(key)
        write_json(args.outcome_uri, outcome)
    except Exception as error:
        failure = JobError("LEASE_LOST", "the lease was taken over during the job") if lease.lost else job_error(error)
        remedy = remedies.get(failure.code, "")
        raise SystemExit(json.dumps({"error": failure.code, "detail": failure.detail, "remedy": remedy})) from None
    finally:
        lease.stop()


def arguments(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(allow_abbrev=False)
    for name in (
        *("topic", "batch_id", "plan_uri", "outcome_uri", "locks_table", "checkpoints_table"),
        *("lease_owner", "fencing_token", "masking_secret"),
    ):
        parser.add_argument(f"--{name}", required=True)
    # Glue passes further arguments of its own.
    return parser.parse_known_args(argv)[0]


if __name__ == "__main__":
    main(sys.argv[1:])
