import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { sparkJars } from '../engines/foreign-readers.ts';
import type { JobEnd } from './glue.ts';
import type { EmulatedAws } from './proxy.ts';
import { python } from './python.ts';

const JOB = join(import.meta.dirname, '..', '..', 'modules', 'semantic', 'semantic_job.py');
const CATALOG = 'spark.sql.catalog.lean_ops';

/** semantic_job.py in its own process, as Glue starts it, with the state machine's arguments. */
export async function runJob(
  { settings }: EmulatedAws,
  warehouse: string,
  args: Readonly<Record<string, string>>,
): Promise<JobEnd> {
  const { endpoint, region, credentials } = settings;
  const conf = {
    'spark.jars': sparkJars().join(','),
    'spark.sql.extensions': 'org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions',
    [CATALOG]: 'org.apache.iceberg.spark.SparkCatalog',
    [`${CATALOG}.type`]: 'glue',
    [`${CATALOG}.warehouse`]: warehouse,
    [`${CATALOG}.io-impl`]: 'org.apache.iceberg.aws.s3.S3FileIO',
    [`${CATALOG}.glue.endpoint`]: endpoint,
    [`${CATALOG}.s3.endpoint`]: endpoint,
    [`${CATALOG}.s3.path-style-access`]: 'true',
    [`${CATALOG}.client.region`]: region,
    'spark.ui.enabled': 'false',
    'spark.sql.shuffle.partitions': '1',
    // The rows are read before a compiler of their code would pay.
    'spark.sql.adaptive.enabled': 'false',
    'spark.sql.codegen.wholeStage': 'false',
    'spark.driver.extraJavaOptions': '-XX:TieredStopAtLevel=1',
  };
  const options = Object.entries(conf).map(([name, value]) => `--conf ${name}=${value}`);
  const argv = Object.entries(args).flat();
  const child = spawn(python(), [JOB, ...argv], {
    env: {
      ...process.env,
      AWS_ENDPOINT_URL: endpoint,
      AWS_REGION: region,
      AWS_DEFAULT_REGION: region,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      // moto cannot decode the chunks in which the SDK for Java sends a body followed by a checksum.
      AWS_REQUEST_CHECKSUM_CALCULATION: 'when_required',
      TZ: 'UTC',
      PYTHONDONTWRITEBYTECODE: '1',
      PYSPARK_SUBMIT_ARGS: `--master local[2] --driver-memory 1g ${options.join(' ')} pyspark-shell`,
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const [errors, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
  return code === 0 ? { state: 'SUCCEEDED' } : { state: 'FAILED', error: errors.slice(-4000) };
}
