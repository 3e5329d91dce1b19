import path from 'node:path';
import type { SparkPlanDocument } from '../../../src/aws/spark/plan.ts';
import type { ClientSettings } from '../../aws/moto.ts';
import { type ForeignReaders, openForeignReaders, type PlainRow, sparkJars } from '../foreign-readers.ts';

const MODULES = path.join(import.meta.dirname, '..', '..', '..', 'modules', 'semantic');

/** Spark with the job's own module, in one session for all cases. */
export class SparkPlace {
  private readonly readers: ForeignReaders;
  private readonly sqlite: string;
  private readonly warehouse: string;

  constructor(sqlite: string, warehouse: string) {
    this.sqlite = sqlite;
    this.warehouse = warehouse;
    this.readers = openForeignReaders(sqlite, warehouse);
  }

  async open(): Promise<void> {
    // The reader opens the session with its first Spark query.
    await this.readers.ask({ engine: 'spark', sql: 'CREATE NAMESPACE IF NOT EXISTS lean_ops.spark' });
    await this.python(`
import json, sys
sys.path.insert(0, ${JSON.stringify(MODULES)})
import semantic_job
from pyspark.sql import Row, SparkSession
spark = SparkSession.builder.getOrCreate()
# These features slow down tables of a hundred rows: adaptive jobs, and a compiler for each statement.
for name in ("spark.sql.adaptive.enabled", "spark.sql.codegen.wholeStage"):
    spark.conf.set(name, "false")
def run(plan, key):
    outcome = semantic_job.Batch(spark, plan, lambda: None).run(key)
    return [Row(**outcome["counts"], live_rows=outcome["live_rows"])]
def exact(frame):
    """Times and dates as numbers: Python's own begin with year 1 and a day."""
    forms = {"timestamp": "unix_micros(\`{0}\`) AS \`{0}\`", "date": "unix_date(\`{0}\`) AS \`{0}\`"}
    return frame.selectExpr(*(forms.get(kind, "\`{0}\`").format(name) for name, kind in frame.dtypes))
`);
  }

  /** Runs the job's batch. Returns its figures. */
  async run(plan: SparkPlanDocument, key: Uint8Array | null): Promise<PlainRow> {
    const hex = key === null ? 'None' : `bytes.fromhex("${Buffer.from(key).toString('hex')}")`;
    const rows = await this.python('', `run(json.loads(${JSON.stringify(JSON.stringify(plan))}), ${hex})`);
    return rows[0] as PlainRow;
  }

  /** Points the job's AWS clients at an emulation. */
  async aws(settings: ClientSettings): Promise<void> {
    await this.python(`
import os
os.environ.update(${JSON.stringify(awsEnvironment(settings))})
import lease
disturbed = {"step": None, "sql": None, "proofs": 0}
# The lease is verified at the start, before branches are dropped, and before each write.
STEPS = {"its first write": 3, "its second write": 4, "its commit": 5}
proof, write = lease.Lease.prove, semantic_job.write_json
def prove(self):
    disturbed["proofs"] += 1
    if disturbed["proofs"] == STEPS.get(disturbed["step"]):
        if disturbed["sql"] is None:
            raise RuntimeError("died")
        spark.sql(disturbed["sql"])
    proof(self)
def write_json(uri, document):
    if disturbed["step"] == "its outcome":
        raise RuntimeError("died")
    write(uri, document)
lease.Lease.prove, semantic_job.write_json = prove, write_json
def main(argv):
    try:
        semantic_job.main(argv)
        return [Row(error=None)]
    except SystemExit as end:
        return [Row(error=str(end.code))]
`);
  }

  /** Before that step of the next run: runs the SQL as another writer; without SQL the job dies there. */
  async disturb(step: string | null, sql: string | null): Promise<void> {
    const literal = (value: string | null) => (value === null ? 'None' : JSON.stringify(value));
    await this.python(`disturbed.update(step=${literal(step)}, sql=${literal(sql)}, proofs=0)`);
  }

  /** Runs the job as Glue does. Returns its error; null after success. */
  async main(argv: readonly string[]): Promise<string | null> {
    const [row] = await this.python('', `main(json.loads(${JSON.stringify(JSON.stringify(argv))}))`);
    return typeof row?.error === 'string' ? row.error : null;
  }

  /** For the job as a process of its own, which writes its event log. */
  environment(settings: ClientSettings, eventLog: string): Readonly<Record<string, string>> {
    const catalog = 'spark.sql.catalog.lean_ops';
    const conf = {
      'spark.jars': sparkJars().join(','),
      'spark.sql.extensions': 'org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions',
      [catalog]: 'org.apache.iceberg.spark.SparkCatalog',
      [`${catalog}.catalog-impl`]: 'org.apache.iceberg.jdbc.JdbcCatalog',
      [`${catalog}.uri`]: `jdbc:sqlite:${this.sqlite}`,
      [`${catalog}.jdbc.schema-version`]: 'V1',
      [`${catalog}.jdbc.init-catalog-tables`]: 'false',
      [`${catalog}.warehouse`]: this.warehouse,
      'spark.ui.enabled': 'false',
      'spark.sql.shuffle.partitions': '2',
      'spark.sql.ui.explainMode': 'extended',
      'spark.eventLog.enabled': 'true',
      'spark.eventLog.dir': eventLog,
    };
    const options = Object.entries(conf).map(([name, value]) => `--conf ${name}=${value}`);
    return {
      ...awsEnvironment(settings),
      TZ: 'UTC',
      PYTHONDONTWRITEBYTECODE: '1',
      PYSPARK_SUBMIT_ARGS: `--master local[2] --driver-memory 1g ${options.join(' ')} pyspark-shell`,
    };
  }

  sql(text: string): Promise<readonly PlainRow[]> {
    return this.python('', `exact(spark.sql(${JSON.stringify(text)}))`);
  }

  close(): Promise<void> {
    return this.readers.close();
  }

  private python(code: string, result?: string): Promise<readonly PlainRow[]> {
    return this.readers.ask({ engine: 'python', code, ...(result === undefined ? {} : { result }) });
  }
}

/** As boto3 reads it. */
function awsEnvironment({ endpoint, region, credentials }: ClientSettings): Readonly<Record<string, string>> {
  return {
    AWS_ENDPOINT_URL: endpoint,
    AWS_DEFAULT_REGION: region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  };
}
