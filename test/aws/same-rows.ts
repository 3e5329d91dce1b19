import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { MASKING_KEY } from './infrastructure.ts';
import type { EmulatedAws } from './proxy.ts';
import { python } from './python.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const TABLES = ['orders', 'orders_errors'] as const;
/** Its rows are per batch and count copies, which differ between the places; what drifted is the same. */
const DRIFT = 'orders_drift';
/** Columns that always differ between the places: which batch, and when. */
const OWN = ['_batch_id', 'batch_id', 'rejected_at'];
/** Differs too, but whether a row has one is the same. */
export const STAMP = 'redriven_batch_id';

export type Row = Readonly<Record<string, string | null>>;
type Tables = Readonly<Record<string, readonly Row[]>>;

/** An embedded workspace with the topic `orders`, used by its command line. */
export class EmbeddedOrders {
  readonly workspace: string;
  constructor(folder: string) {
    this.workspace = join(folder, 'workspace');
  }

  async contract(text: string): Promise<void> {
    await mkdir(join(this.workspace, 'topics'), { recursive: true });
    await writeFile(join(this.workspace, 'lean-ops.yaml'), 'version: 1\n');
    await writeFile(join(this.workspace, 'topics', 'orders.odcs.yaml'), text);
  }

  /** A file of messages, as commands take it. */
  async input(name: string, messages: readonly string[]): Promise<string> {
    const file = join(this.workspace, '..', `${name}.ndjson`);
    await writeFile(file, `${messages.join('\n')}\n`);
    return `orders=${file}`;
  }

  /** `code`: of the error that the command must end with; null: it must succeed. */
  run(args: readonly string[], code: string | null = null): void {
    const argv = [join(ROOT, 'bin/lean-ops.mjs'), ...args, '--workspace', this.workspace];
    const env = { ...process.env, LEAN_OPS_MASKING_KEY: MASKING_KEY };
    const { status, stdout, stderr } = spawnSync(process.execPath, argv, { env, encoding: 'utf8' });
    if (code === null) assert.equal(status, 0, stderr);
    else assert.ok(status !== 0 && `${stdout}${stderr}`.includes(code), `${stdout}${stderr}`);
  }

  rows(): Promise<Tables> {
    const uri = `sqlite:///${join(this.workspace, 'data/lean-ops.db')}`;
    const warehouse = `file://${join(this.workspace, 'data/warehouse')}`;
    return read({ type: 'sql', uri, warehouse }, 'semantic');
  }
}

export function awsRows({ settings }: EmulatedAws): Promise<Tables> {
  const { endpoint, region, credentials } = settings;
  const access = (service: string) => ({
    [`${service}.endpoint`]: endpoint,
    [`${service}.region`]: region,
    [`${service}.access-key-id`]: credentials.accessKeyId,
    [`${service}.secret-access-key`]: credentials.secretAccessKey,
  });
  return read({ type: 'glue', ...access('glue'), ...access('s3') }, 'lean_ops_test_semantic');
}

/** Asserts that both places hold the same rows and the same drift. Returns the embedded rows. */
export async function assertSameRows(aws: EmulatedAws, embedded: EmbeddedOrders): Promise<Tables> {
  const [onAws, here] = [await awsRows(aws), await embedded.rows()];
  for (const table of TABLES) {
    assert.ok((here[table]?.length ?? 0) > 0, `${table} has rows`);
    assert.deepEqual(comparable(onAws[table]), comparable(here[table]), table);
  }
  assert.ok(drifted(here).length > 0, 'something drifted');
  assert.deepEqual(drifted(onAws), drifted(here));
  return here;
}

/** Sorted, and without the columns that always differ between the places. */
export function comparable(rows: readonly Row[] = []): readonly string[] {
  return rows
    .map((row) => (row[STAMP] ? { ...row, [STAMP]: 'of the redrive' } : row))
    .map((row) => Object.entries(row).filter(([name]) => !OWN.includes(name)))
    .map((entries) => JSON.stringify(entries.toSorted(([a], [b]) => (a < b ? -1 : 1))))
    .toSorted();
}

function drifted(rows: Tables): readonly string[] {
  return [...new Set((rows[DRIFT] ?? []).map(({ path, kind }) => `${path} ${kind}`))].sort();
}

/** Reads with PyIceberg, so that an independent reader checks what we write. */
async function read(catalog: Readonly<Record<string, string>>, namespace: string): Promise<Tables> {
  const child = spawn(python(), [join(import.meta.dirname, 'read_tables.py')], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const tables = [...TABLES, DRIFT];
  child.stdin.end(JSON.stringify({ catalog, tables: tables.map((table) => `${namespace}.${table}`) }));
  const [output, errors, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit'),
  ]);
  assert.equal(code, 0, errors);
  const rows: Record<string, readonly Row[]> = JSON.parse(output);
  return Object.fromEntries(tables.map((table) => [table, rows[`${namespace}.${table}`] ?? []]));
}
