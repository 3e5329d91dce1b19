import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { PlainRow } from './foreign-readers.ts';

const ROOT = path.join(import.meta.dirname, '..', '..');
const BIN = path.join(ROOT, 'bin', 'lean-ops.mjs');
const MICROS_PER_MS = 1_000n;
const MS_PER_DAY = 86_400_000;

/** The members of the commands' JSON documents that the tests read. Each command has some of them. */
interface Document extends QueryDocument {
  readonly semantic: readonly Readonly<Record<'inserted' | 'updated' | 'rejected', number>>[];
  readonly balance: { readonly status: string };
  readonly topics: readonly { readonly named_residuals: readonly unknown[] }[];
}

interface Answer {
  readonly status: number | null;
  readonly stderr: string;
  readonly json: Document;
}

/** A workspace with the example topics, used only through the command line. */
export class Shop {
  readonly folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'lean-ops-shop-')));
  readonly root = path.join(this.folder, 'workspace');

  constructor() {
    cpSync(path.join(ROOT, 'examples', 'messages'), path.join(this.folder, 'messages'), { recursive: true });
    for (const part of ['lean-ops.yaml', 'topics']) {
      const from = path.join(ROOT, 'examples', 'workspace', part);
      cpSync(from, path.join(this.root, part), { recursive: true });
    }
  }

  leanOps(...argv: string[]): Answer {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [BIN, ...argv, '--json', '--workspace', this.root],
      { encoding: 'utf8', cwd: this.folder, maxBuffer: 2 ** 28 },
    );
    if (stdout === '') throw new Error(stderr);
    return { status, stderr, json: JSON.parse(stdout) };
  }

  /** A table as `lean-ops query` shows it. */
  query(table: string): readonly PlainRow[] {
    const { status, stderr, json } = this.leanOps('query', `SELECT * FROM ${table}`, '--limit', '1000000');
    if (status !== 0) throw new Error(stderr);
    return queryRows(json);
  }

  /** Runs a line of shell from a page with the checkout's own command. */
  shell(line: string): Answer {
    const command = line.replace(/^lean-ops /, '"$0" "$1" ');
    const { status, stdout, stderr } = spawnSync('bash', ['-c', command, process.execPath, BIN], {
      encoding: 'utf8',
    });
    return { status, stderr, json: JSON.parse(stdout) };
  }

  /** Runs an ES module's text as a file of the checkout. Returns its standard output as JSON. */
  module(text: string): unknown {
    const argv = ['--no-warnings', '--input-type=module', '-e', text];
    const { stdout, stderr } = spawnSync(process.execPath, argv, { encoding: 'utf8', cwd: ROOT });
    if (stdout === '') throw new Error(stderr);
    return JSON.parse(stdout);
  }

  editContract(topic: string, replacements: readonly (readonly [string, string])[], appended = ''): void {
    const file = path.join(this.root, 'topics', `${topic}.odcs.yaml`);
    let text = readFileSync(file, 'utf8');
    for (const [from, to] of replacements) {
      if (!text.includes(from)) throw new Error(`${file} does not say ${from}`);
      text = text.replace(from, to);
    }
    writeFileSync(file, text + appended);
  }

  /** Writes a delivery of orders to a file. Returns the argument for `run`. */
  delivery(name: string, orders: readonly Readonly<Record<string, unknown>>[]): string {
    const file = path.join(this.folder, `${name}.ndjson`);
    writeFileSync(file, orders.map((order) => `${JSON.stringify(message(name, order))}\n`).join(''));
    return `orders=${file}`;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }
}

/** The newest message of its order; `order` overrides the payload's members. */
function message(delivery: string, order: Readonly<Record<string, unknown>>) {
  const id = `${order.order_id}/${delivery}`;
  const customer = { name: 'Ada 美咲', email: 'ada@example.org', phone: '+49 30 1234567', country: 'DE' };
  const payload = {
    _metadata: { idempotencyKeyResource: id },
    status: 'returned',
    placed_at: '2024-03-01T10:00:00.123456Z',
    customer,
    items: [],
    item_count: 1,
    total: 12.5,
    currency: 'EUR',
    ...order,
  };
  const publishTime = `2025-01-01T00:00:00.${String(deliveries(delivery)).padStart(3, '0')}Z`;
  return { messageId: id, publishTime, payload };
}

const known: string[] = [];
/** Later deliveries are newer. */
function deliveries(name: string): number {
  if (!known.includes(name)) known.push(name);
  return known.indexOf(name);
}

interface QueryDocument {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly rows: readonly Readonly<Record<string, string | number | boolean | null>>[];
}

/** The rows of `query --json` in the form of the other readers: times in microseconds, dates in days. */
export function queryRows({ columns, rows }: QueryDocument): readonly PlainRow[] {
  return rows.map((row) =>
    Object.fromEntries(columns.map(({ name, type }) => [name, plain(row[name] ?? null, type)])),
  );
}

function plain(value: string | number | boolean | null, type: string): string | boolean | null {
  if (value === null || typeof value === 'boolean') return value;
  const text = String(value);
  if (type === 'DATE') return String(Date.parse(text) / MS_PER_DAY);
  return type === 'TIMESTAMP WITH TIME ZONE' ? micros(text) : text;
}

/** '2024-02-01 21:00:27.09+00', always in UTC. */
function micros(text: string): string {
  const [, seconds = '', fraction = ''] = /^(.{19})(?:\.(\d+))?\+00$/.exec(text) ?? [];
  return String(BigInt(Date.parse(`${seconds}Z`)) * MICROS_PER_MS + BigInt(fraction.padEnd(6, '0')));
}
