"""Answers one JSON request per line: Spark SQL, PyIceberg over a workspace's catalog, or any code. Rows are JSON."""

import datetime
import decimal
import json
import math
import os
import sys

os.environ["TZ"] = "UTC"
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)


def plain(value):
    """One form for both engines: longs and times (microseconds) as text, dates as days, decimals as text."""
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, datetime.datetime):
        aware = value if value.tzinfo else value.replace(tzinfo=datetime.timezone.utc)
        return str((aware - EPOCH) // datetime.timedelta(microseconds=1))
    if isinstance(value, datetime.date):
        return str((value - EPOCH.date()).days)
    if isinstance(value, decimal.Decimal):
        return format(value, "f")
    if isinstance(value, float):
        return value if math.isfinite(value) else repr(value)
    return str(value)


def rows(dicts):
    return [{name: plain(value) for name, value in row.items()} for row in dicts]


class Spark:
    def __init__(self, settings):
        from pyspark.sql import SparkSession

        builder = SparkSession.builder.config("spark.jars", ",".join(settings["jars"]))
        catalog = "spark.sql.catalog.lean_ops"
        options = {
            catalog: "org.apache.iceberg.spark.SparkCatalog",
            f"{catalog}.catalog-impl": "org.apache.iceberg.jdbc.JdbcCatalog",
            f"{catalog}.uri": f"jdbc:sqlite:{settings['sqlite']}",
            f"{catalog}.jdbc.schema-version": "V1",
            # Otherwise JdbcCatalog leaves its first statement open, and the session sees only the catalog of that moment.
            f"{catalog}.jdbc.init-catalog-tables": "false",
            f"{catalog}.warehouse": settings["warehouse"],
            f"{catalog}.cache-enabled": "false",
            "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
            "spark.sql.session.timeZone": "UTC",
        }
        for key, value in options.items():
            builder = builder.config(key, value)
        self.session = builder.getOrCreate()

    def answer(self, request):
        return rows(row.asDict() for row in self.session.sql(request["sql"]).collect())


class PyIceberg:
    def __init__(self, settings):
        from pyiceberg.catalog.sql import SqlCatalog

        self.catalog = SqlCatalog(
            "lean_ops", uri=f"sqlite:///{settings['sqlite']}", warehouse=f"file://{settings['warehouse']}"
        )

    def answer(self, request):
        table = self.catalog.load_table(request["table"])
        if request.get("append"):
            import pyarrow

            table.append(pyarrow.Table.from_pylist(request["append"], schema=table.schema().as_arrow()))
        scan = table.scan(row_filter=request["filter"]) if request.get("filter") else table.scan()
        return rows(scan.to_arrow().to_pylist())


class Python:
    """Runs code as a reader would, in one namespace. `result` is an expression for the rows."""

    def __init__(self, _settings):
        self.names = {}

    def answer(self, request):
        exec(request["code"], self.names)
        result = eval(request.get("result", "[]"), self.names)
        if hasattr(result, "to_pylist"):
            return rows(result.to_pylist())
        return rows(row.asDict() for row in (result.collect() if hasattr(result, "collect") else result))


def main():
    settings = json.loads(sys.argv[1])
    engines = {}
    kinds = {"spark": Spark, "pyiceberg": PyIceberg, "python": Python}
    for line in sys.stdin:
        request = json.loads(line)
        try:
            name = request["engine"]
            if name not in engines:
                engines[name] = kinds[name](settings)
            answer = {"rows": engines[name].answer(request)}
        except Exception as error:  # The test reports it. This process goes on with the next case.
            answer = {"error": f"{type(error).__name__}: {error}"}
        print("answer:" + json.dumps(answer), flush=True)


main()
