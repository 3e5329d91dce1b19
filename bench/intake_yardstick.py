"""The intake's job as somebody would write it in plain Python: no strict JSON, no exact numbers, no dead letters.

Reads records (JSON lines as SQS hands them over) from the file named; for each line of standard input takes all of them, a batch at
a time, and prints how many rows it made.
"""

import json
import sys
from datetime import datetime

BATCH = 100


def handle(event: dict) -> dict:
    failures = []
    rows = []
    now = int(datetime.now().timestamp() * 1_000_000)
    for record in event["Records"]:
        try:
            message = json.loads(record["body"])
            payload = message["payload"]
            metadata = payload.get("_metadata", {})
            published = datetime.fromisoformat(message["publishTime"])
            row = {
                "topic_name": "orders",
                "message_id": message["messageId"],
                "idempotency_key": metadata["idempotencyKeyResource"],
                "period_reference": metadata.get("periodReference"),
                "correlation_id": metadata.get("correlationId"),
                "publish_time": int(published.timestamp() * 1_000_000),
                "publish_time_origin": "message",
                "ingestion_ts": now,
                "source": record["messageId"],
                "schema_version": message.get("schemaVersion"),
                "envelope_json": json.dumps({**message, "payload": None}),
                "json_payload": json.dumps(payload),
                "inexact_number_paths": None,
            }
            rows.append(json.dumps(row).encode())
        except (ValueError, KeyError):
            failures.append({"itemIdentifier": record["messageId"]})
    put(rows)
    return {"batchItemFailures": failures}


taken = 0


def put(rows: list) -> None:
    global taken
    taken += len(rows)


with open(sys.argv[1], encoding="utf-8") as file:
    records = [json.loads(line) for line in file]
for _ in sys.stdin:
    taken = 0
    for at in range(0, len(records), BATCH):
        handle({"Records": records[at : at + BATCH]})
    print(taken, flush=True)
