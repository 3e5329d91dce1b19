import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFile, cp, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { builtinModules } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { promisify } from 'node:util';
import { unzipSync } from 'fflate';
import { type Bundle, buildLambdas } from '../../lambda/build.ts';
import { ROOT } from './terraform.ts';

const run = promisify(execFile);
const TOPICS = join(ROOT, 'topics');
const MAX_BYTES = 3 * 1024 * 1024;
/** All variables that Terraform sets. A function refuses to start without them. */
const VARIABLES = [
  ...[
    'ENV',
    'PREFIX',
    'WAREHOUSE_BUCKET',
    'DEAD_LETTERS_BUCKET',
    'ARTIFACTS_BUCKET',
    'FIREHOSE_ERRORS_BUCKET',
  ],
  ...['FIREHOSE_STREAM', 'DLQ_URL', 'ALERTS_TOPIC_ARN', 'MASKING_SECRET', 'GLUE_DATABASE_PREFIX'],
].map((name) => `LEAN_OPS_${name}`);

suite('the Lambda bundles', () => {
  let scratch = '';
  let bundles: readonly Bundle[] = [];
  before(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'lean-ops-bundles-'));
    bundles = await buildLambdas(TOPICS, join(scratch, 'dist'));
  });
  after(async () => rm(scratch, { recursive: true, force: true }));

  test('the four functions', () => {
    assert.deepEqual(
      bundles.map(({ name }) => name),
      ['firehose_transform', 'freshness_sla', 'sqs_processor', 'water_balance'],
    );
  });

  test('have at most 3 MiB of code each, and import nothing that Lambda lacks', async () => {
    for (const { name, code, metafile } of bundles) {
      const { size } = await stat(code);
      assert.ok(size <= MAX_BYTES, `${name}: ${size} bytes`);
      const output = Object.values(metafile.outputs).find(({ entryPoint }) => entryPoint !== undefined);
      const needed = (output?.imports ?? []).map(({ path }) => path.replace(/^node:/, ''));
      assert.deepEqual(
        needed.filter((path) => !builtinModules.includes(path)),
        [],
        name,
      );
      assert.ok(!needed.includes('sqlite'), `${name}: the state store of a workspace`);
    }
  });

  test('contain no client of a service that the function does not call', () => {
    for (const { name, metafile } of bundles) {
      const kept = new Set(
        Object.values(metafile.outputs).flatMap(({ inputs }) =>
          Object.entries(inputs)
            .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
            .map(([path]) => path),
        ),
      );
      const client = (path: string): string | undefined => /@aws-sdk\/(client-[a-z0-9-]+)\//.exec(path)?.[1];
      const inside = new Set([...kept].map(client).filter((found) => found !== undefined));
      const called = new Set(
        Object.entries(metafile.inputs)
          .filter(([path]) => kept.has(path) && !path.includes('node_modules'))
          .flatMap(([, { imports }]) => imports.map(({ path }) => client(path))),
      );
      assert.deepEqual(
        [...inside].filter((found) => !called.has(found)),
        [],
        name,
      );
    }
  });

  test('are the same zips for the same sources in another folder and time zone', async () => {
    const again = join(scratch, 'elsewhere', 'dist');
    await run(process.execPath, [join(ROOT, 'lambda', 'build.ts'), '--topics', TOPICS, '--out', again], {
      env: { ...process.env, TZ: 'Pacific/Auckland' },
    });
    for (const { name, zip } of bundles) {
      assert.deepEqual(await readFile(join(again, `${name}.zip`)), await readFile(zip), name);
    }
    assert.equal(
      await readFile(join(again, 'contracts.sha256'), 'utf8'),
      await readFile(join(scratch, 'dist', 'contracts.sha256'), 'utf8'),
    );
  });

  test('contain code and contracts, readable by all, and no source map', async () => {
    const contracts = (await readdir(TOPICS)).map((file) => `contracts/${file}`);
    for (const { name, code, zip } of bundles) {
      const bytes = await readFile(zip);
      const files = unzipSync(bytes);
      assert.deepEqual(Object.keys(files).toSorted(), [...contracts, 'index.mjs'].toSorted(), name);
      assert.deepEqual(Buffer.from(files['index.mjs'] ?? []), await readFile(code));
      assert.deepEqual(modesIn(bytes), new Array(contracts.length + 1).fill(0o100644), name);
      assert.ok((await stat(`${code}.map`)).size > 0);
    }
  });

  test('load in Node 24 outside the checkout and export their handlers', async () => {
    assert.match(process.version, /^v24\./);
    for (const { name, code } of bundles) {
      const task = join(scratch, 'task', name);
      await cp(join(scratch, 'dist', name, 'contracts'), join(task, 'contracts'), { recursive: true });
      await copyFile(code, join(task, 'index.mjs'));
      const { stdout } = await run(
        process.execPath,
        ['--input-type=module', '-e', "console.log(typeof (await import('./index.mjs')).handler)"],
        { cwd: task, env: { ...environment(), LAMBDA_TASK_ROOT: task } },
      );
      assert.equal(stdout.trim(), 'function', name);
    }
  });

  test('do not start without their variables', async () => {
    const [, ...others] = VARIABLES;
    for (const { name } of bundles.filter((bundle) => bundle.name !== 'firehose_transform')) {
      const task = join(scratch, 'task', name);
      const env = Object.fromEntries(
        Object.entries(environment()).filter(([key]) => !key.startsWith('LEAN_OPS_') || others.includes(key)),
      );
      await assert.rejects(
        run(process.execPath, ['--input-type=module', '-e', "await import('./index.mjs')"], {
          cwd: task,
          env: { ...env, LAMBDA_TASK_ROOT: task },
        }),
        /CONFIG_INVALID.*LEAN_OPS_ENV/,
        name,
      );
    }
  });

  test('are not built if a contract is invalid', async () => {
    const topics = await mkdtemp(join(scratch, 'topics-'));
    await copyFile(join(TOPICS, 'orders.odcs.yaml'), join(topics, 'invoices.odcs.yaml'));
    const out = join(scratch, 'never');
    await assert.rejects(buildLambdas(topics, out), { code: 'CONTRACT_INVALID' });
    await assert.rejects(stat(out), { code: 'ENOENT' });
  });
});

function environment(): Readonly<Record<string, string>> {
  return {
    PATH: process.env.PATH ?? '',
    AWS_REGION: 'eu-central-1',
    POWERTOOLS_SERVICE_NAME: 'test',
    POWERTOOLS_METRICS_NAMESPACE: 'LeanOps',
    ...Object.fromEntries(VARIABLES.map((name) => [name, name.toLowerCase()])),
  };
}

/** The Unix modes in a zip's central directory (APPNOTE 4.3.12: signature PK\\1\\2, external attributes at 38). */
function modesIn(zip: Buffer): readonly number[] {
  const modes: number[] = [];
  for (let at = zip.indexOf('PK\x01\x02'); at !== -1; at = zip.indexOf('PK\x01\x02', at + 4)) {
    modes.push(zip.readUInt32LE(at + 38) >>> 16);
  }
  return modes;
}
