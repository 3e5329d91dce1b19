"""The lease of a topic in DynamoDB (src/state/dynamodb)."""

from __future__ import annotations

import argparse
import json
import threading
import time
from typing import Any, Callable

from errors import JobError

Json = dict[str, Any]

HEARTBEAT_SECONDS = 20
# Each heartbeat extends the lease by this time: long enough for a pause of the machine, short enough for a quick takeover.
LEASE_MICROS = 300 * 1_000_000


class Lease:
    """The job's lease of the topic. A thread renews it until the job ends. It is verified before every commit."""

    def __init__(self, args: argparse.Namespace, dynamodb: Any, cancel: Callable[[], None]) -> None:
        self.args = args
        self.dynamodb = dynamodb
        self.cancel = cancel
        self.lost = False
        self.ended = threading.Event()
        self.scope = {"topic_name": {"S": f"{args.topic}#semantic"}}
        self.thread = threading.Thread(target=self.keep, daemon=True)

    def start(self) -> None:
        self.beat()
        self.thread.start()

    def stop(self) -> None:
        self.ended.set()

    def keep(self) -> None:
        while not self.ended.wait(HEARTBEAT_SECONDS):
            try:
                self.beat()
            except JobError:
                self.lost = True
                self.cancel()
                return
            except Exception as error:  # A call failed. The next heartbeat may succeed, and prove() checks again.
                print(json.dumps({"warning": f"no heartbeat: {type(error).__name__}"}), flush=True)

    def beat(self) -> None:
        item = self.held()
        expires = max(int(item["expires_at"]["N"]), now_micros() + LEASE_MICROS)
        try:
            self.dynamodb.update_item(
                TableName=self.args.locks_table,
                Key=self.scope,
                UpdateExpression="SET expires_at = :e",
                ConditionExpression="#owner = :o AND fencing_token = :t",
                ExpressionAttributeNames={"#owner": "owner"},
                ExpressionAttributeValues={
                    ":e": {"N": str(expires)},
                    ":o": {"S": self.args.lease_owner},
                    ":t": {"N": self.args.fencing_token},
                },
            )
        except self.dynamodb.exceptions.ConditionalCheckFailedException:
            raise self.taken() from None

    def held(self) -> Json:
        item: Json = self.read(self.args.locks_table, self.scope)
        mine = {"owner": {"S": self.args.lease_owner}, "fencing_token": {"N": self.args.fencing_token}}
        if any(item.get(name) != value for name, value in mine.items()):
            raise self.taken()
        return item

    def prove_held(self) -> None:
        """Raises LEASE_LOST unless this job holds the lease and it has not expired."""
        if self.lost or int(self.held()["expires_at"]["N"]) <= now_micros():
            raise self.taken()

    def prove(self) -> None:
        """Raises LEASE_LOST unless this job holds the lease and the stored intent is its batch."""
        self.prove_held()
        checkpoint = self.read(self.args.checkpoints_table, {"topic_name": {"S": self.args.topic}})
        intent = checkpoint.get("intent", {}).get("M", {})
        if intent.get("batch_id") != {"S": self.args.batch_id}:
            raise JobError("LEASE_LOST", "the checkpoint has another intent or none")

    def read(self, table: str, key: Json) -> Json:
        answer: Json = self.dynamodb.get_item(TableName=table, Key=key, ConsistentRead=True)
        return answer.get("Item") or {}

    def taken(self) -> JobError:
        return JobError("LEASE_LOST", f"{self.args.topic} is no longer held with token {self.args.fencing_token}")


def now_micros() -> int:
    return time.time_ns() // 1000
