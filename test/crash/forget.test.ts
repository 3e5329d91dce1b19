import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { openEngine } from '../../src/duckdb/engine/engine.ts';
import { FAULT_POINTS } from '../../src/embedded/faults.ts';
import { decodeAvroFile } from '../../src/iceberg/avro-file.ts';
import { wrappedContract } from '../support/wrapped-contract.ts';
import { assertDeeplyBalanced, soundContent } from './content.ts';
import { call, ENVIRONMENT, succeed } from './harness.ts';

const CONTRACT = wrappedContract(
  [
    '{ name: email, logicalType: string, required: true, primaryKey: true, primaryKeyPosition: 1, classification: restricted, customProperties: [{ property: masking, value: hash }] }',
    '{ name: name, logicalType: string, classification: restricted, customProperties: [{ property: masking, value: partial }] }',
    '{ name: city, logicalType: string, partitioned: true, partitionKeyPosition: 1, customProperties: [{ property: transform, value: identity }] }',
    '{ name: amount, logicalType: number, physicalType: "decimal(9,2)", criticalDataElement: true }',
  ],
  { topic: 'people' },
);
const EMAIL = 'erin.planted@example.org';
/** All texts about the person that a file could contain. */
const PLANTED = [EMAIL, 'Erin Planted', 'Plantedville', 'planted-id'];
const HASHED = createHmac('sha256', Buffer.from(ENVIRONMENT.LEAN_OPS_MASKING_KEY ?? '', 'hex'))
  .update(EMAIL)
  .digest('hex');

interface Message {
  readonly id: string | null;
  readonly email: string;
  readonly time: number;
  readonly amount?: string;
}

const line = ({ id, email, time, amount = '1.5' }: Message): string => {
  const erin = email === EMAIL;
  const payload = {
    email,
    name: erin ? 'Erin Planted' : `Somebody ${email}`,
    city: erin ? 'Plantedville' : `City${email.length % 3}`,
    amount: 'AMOUNT',
    idempotency_key: erin ? 'planted-id' : email,
  };
  const publishTime = new Date(Date.UTC(2026, 0, 1, 0, 0, time)).toISOString();
  const text = JSON.stringify({ messageId: id ?? '', publishTime, payload });
  return `${text.replace('"AMOUNT"', amount)}\n`;
};

/**
 * Three deliveries with the person's rows inserted, updated, duplicated and rejected, and with readable and
 * unreadable dead letters.
 */
const DELIVERIES = [1, 2, 3].map((round) => {
  const others = Array.from({ length: 30 }, (_, at) =>
    line({ id: `m${round}-${at}`, email: `p${at}@example.org`, time: round * 10 }),
  );
  const hers = [
    line({ id: `planted-id-${round}`, email: EMAIL, time: round * 10 }),
    line({ id: `planted-id-${round}`, email: EMAIL, time: round * 10 }),
    line({ id: `planted-id-bad-${round}`, email: EMAIL, time: round * 10, amount: '"no"' }),
    line({ id: null, email: EMAIL, time: round }),
  ];
  const broken = round === 2 ? ['{"payload":{"email":"erin.planted@example.org", oh dear\n'] : [];
  return [...others.slice(0, 15), ...hers, ...broken, ...others.slice(15)].join('');
});

suite('forgetting a key', { concurrency: 2 }, () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'lean-ops-forget-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const workspace = async (name: string): Promise<string> => {
    const root = join(folder, name);
    mkdirSync(join(root, 'topics'), { recursive: true });
    writeFileSync(join(root, 'topics', 'people.odcs.yaml'), CONTRACT);
    writeFileSync(join(root, 'lean-ops.yaml'), 'version: 1\nengine: { memory_limit: 512MiB, threads: 1 }\n');
    for (const [at, text] of DELIVERIES.entries()) {
      const file = join(folder, `${name}-${at}.ndjson`);
      writeFileSync(file, text);
      await succeed(root, ...(at === 2 ? ['ingest', 'people', file] : ['run', `people=${file}`]));
    }
    return root;
  };
  const forget = (root: string, ...more: string[]) =>
    succeed(root, 'forget', 'people', '--key', EMAIL, '--yes', ...more) as Promise<{
      receipt: Record<string, unknown> & { unreadable_letters: readonly string[] };
    }>;

  test('no file contains it afterwards, and the water balance is balanced', async () => {
    const root = await workspace('plain');
    assert.ok((await tracesIn(root)).length > 0, 'the search finds what is there');
    const first = await forget(root);
    const { receipt } = first;
    assert.deepEqual(
      [receipt.raw_rows, receipt.semantic_rows, receipt.rejected_rows, receipt.dead_letters],
      [9, 1, 3, 3],
    );
    assert.equal(receipt.unreadable_letters.length, 1);
    // A person must decide about dead letters that cannot be read.
    assert.deepEqual(new Set((await tracesIn(root)).map(({ path }) => path)), new Set(['data/lean-ops.db']));
    const second = await forget(root, '--letters', receipt.unreadable_letters.join(','));
    assert.deepEqual([second.receipt.dead_letters, second.receipt.raw_rows], [1, 0]);
    assert.deepEqual(await tracesIn(root), []);
    const content = await soundContent(root);
    assert.equal(content.get('semantic.people')?.length, 30);
    assert.equal(content.get('raw.people')?.length, 90);
    await assertDeeplyBalanced(root);
    const unknown = await call(root, ['forget', 'people', '--key', EMAIL, '--yes']);
    assert.deepEqual(
      [unknown.status, /people: no row or dead letter has this key/.test(unknown.stdout)],
      [1, true],
    );
    const listed = (await succeed(root, 'forget', 'people')) as { receipts: readonly unknown[] };
    assert.equal(listed.receipts.length, 2);
    assert.doesNotMatch(JSON.stringify(listed), new RegExp([...PLANTED, HASHED].join('|')));
    const explained = await call(root, ['explain', '--key', EMAIL]);
    assert.match(explained.stdout, /erased/);
    // A source file that is ingested again restores the key.
    const late = join(folder, 'late.ndjson');
    writeFileSync(late, line({ id: 'planted-id-9', email: EMAIL, time: 90 }));
    await succeed(root, 'run', `people=${late}`);
    assert.equal((await soundContent(root)).get('semantic.people')?.length, 31);
    await assertDeeplyBalanced(root);
    assert.equal((await forget(root)).receipt.raw_rows, 1);
    assert.deepEqual(await tracesIn(root), []);
  });

  test('a second call finishes what a killed one began', async () => {
    const root = await workspace('killed');
    // In the order in which an erasure passes them, except those that each commit passes again.
    const points = [
      'forget:after-ticket',
      ...['maintain:after-work-opened', 'maintain:after-files', 'maintain:after-prepared'],
      ...['maintain:after-commit', 'forget:after-rows', 'forget:after-letters'],
      ...['maintain:between-removals', 'forget:before-scrub'],
    ] as const;
    assert.deepEqual(
      FAULT_POINTS.filter((point) => /^(forget|maintain):/.test(point)).sort(),
      [...points].sort(),
    );
    for (const point of points) {
      const { signal } = await call(root, ['forget', 'people', '--key', EMAIL, '--yes'], {
        LEAN_OPS_FAULT: point,
      });
      assert.equal(signal, 'SIGKILL', point);
      await succeed(root, 'balance');
    }
    const { receipt } = await forget(root);
    assert.deepEqual(
      [receipt.raw_rows, receipt.semantic_rows, receipt.rejected_rows, receipt.dead_letters],
      [9, 1, 3, 3],
    );
    await forget(root, '--letters', receipt.unreadable_letters.join(','));
    assert.deepEqual(await tracesIn(root), []);
    await soundContent(root);
    await assertDeeplyBalanced(root);
  });
});

interface Trace {
  readonly path: string;
  readonly what: string;
}

/** The text of every file below the workspace, with Parquet and Avro unpacked. */
async function tracesIn(root: string): Promise<readonly Trace[]> {
  const engine = await openEngine({
    memoryLimit: '256MiB',
    threads: 1,
    tempDirectory: join(root, '..', 'search'),
  });
  try {
    const traces: Trace[] = [];
    const entries = readdirSync(root, { withFileTypes: true, recursive: true });
    for (const entry of entries.filter((each) => each.isFile())) {
      const path = join(entry.parentPath, entry.name);
      const bytes = readFileSync(path);
      const texts = [path, bytes.toString('latin1')];
      if (path.endsWith('.parquet')) {
        const rows = await engine.rows(`SELECT to_json(r)::VARCHAR AS row FROM read_parquet('${path}') r`);
        texts.push(...rows.map(({ row }) => String(row)));
        const stats = await engine.rows(
          `SELECT concat_ws(' ', stats_min_value, stats_max_value) AS row FROM parquet_metadata('${path}')`,
        );
        texts.push(...stats.map(({ row }) => String(row)));
      }
      if (path.endsWith('.avro')) texts.push(avroText(bytes, path));
      const all = texts.join('\n');
      for (const what of [...PLANTED, HASHED])
        if (all.includes(what)) traces.push({ path: path.slice(root.length + 1), what });
    }
    return traces;
  } finally {
    engine.close();
  }
}

function avroText(bytes: Uint8Array, path: string): string {
  return JSON.stringify(decodeAvroFile(bytes, path).rows, (_key, value) => {
    if (typeof value === 'bigint') return String(value);
    const isBuffer = typeof value === 'object' && value !== null && value.type === 'Buffer';
    return isBuffer ? Buffer.from(value.data).toString('latin1') : value;
  });
}
