"""Reads tables with PyIceberg, from a Glue catalog or a workspace's catalog. Prints rows as JSON, values as text."""

import json
import sys

from pyiceberg.catalog import load_catalog

request = json.load(sys.stdin)
catalog = load_catalog("lean_ops", **request["catalog"])
answer = {}
for table in request["tables"]:
    rows = catalog.load_table(table).scan().to_arrow().to_pylist()
    answer[table] = [{name: None if value is None else str(value) for name, value in row.items()} for row in rows]
json.dump(answer, sys.stdout)
