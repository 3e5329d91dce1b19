"""Moto as a server that handles one request at a time, because each request is atomic on AWS. Prints its port."""

import copy
from collections import defaultdict
from typing import Any

from moto.core.responses import ActionResult
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import Item, LimitedSizeDict
from moto.dynamodb.models.table import Table
from moto.server import DomainDispatcherApplication, create_backend_app
from moto.sqs.models import Message, Queue
from moto.sqs.responses import SQSResponse
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import state_task_service_glue as glue_tasks
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.resource import ResourceCondition
from werkzeug.serving import WSGIRequestHandler, make_server

transact = DynamoDBBackend.transact_write_items
backups: dict[int, Table] = {}


def transact_with_one_backup_a_table(self: DynamoDBBackend, items: list[dict[str, Any]]) -> None:
    """Moto makes a deep copy of a table for each write of a transaction. That takes minutes for thousands of items."""
    backups.clear()
    transact(self, items)


def backup_of_table(self: Table, _memo: dict[int, Any]) -> Table:
    """A copy that is deep enough: writes replace attributes. They change only sets in place, and there are none."""
    if id(self) not in backups:
        backup = copy.copy(self)
        backup.items = defaultdict(dict)
        for hash_key, found in self.items.items():
            backup.items[hash_key] = shallow(found) if isinstance(found, Item) else {key: shallow(item) for key, item in found.items()}
        backups[id(self)] = backup
    return backups[id(self)]


def shallow(item: Item) -> Item:
    result = copy.copy(item)
    result.attrs = LimitedSizeDict.__new__(LimitedSizeDict)
    dict.update(result.attrs, item.attrs)
    return result


DynamoDBBackend.transact_write_items = transact_with_one_backup_a_table
Table.__deepcopy__ = backup_of_table


add_message = Queue.add_message
receive_message = SQSResponse.receive_message


def add_message_with_its_way(self: Queue, message: Message) -> None:
    """Moto does not remember which queue a message was in before it was moved."""
    ways.setdefault(message.id, []).append(self.queue_arn)
    add_message(self, message)


def receive_message_with_its_way(self: SQSResponse) -> ActionResult:
    answer = receive_message(self)
    for message in answer.result.get("Messages", []):
        way = ways.get(message["MessageId"], [])
        if len(way) > 1 and "Attributes" in message:
            message["Attributes"]["DeadLetterQueueSourceArn"] = way[-2]
    return answer


ways: dict[str, list[str]] = {}
Queue.add_message = add_message_with_its_way
SQSResponse.receive_message = receive_message_with_its_way
# In Moto every `.sync` task of Glue fails at its end, because Moto closes a callback that only tasks with a token have.
glue_tasks._SUPPORTED_INTEGRATION_PATTERNS.add(ResourceCondition.WaitForTaskToken)


class Quiet(WSGIRequestHandler):
    def log(self, *args: object) -> None:
        pass


application = DomainDispatcherApplication(create_backend_app)
server = make_server("127.0.0.1", 0, application, threaded=False, request_handler=Quiet)
print(server.server_port, flush=True)
server.serve_forever()
