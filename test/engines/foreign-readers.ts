import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { EngineValue } from '../../src/duckdb/engine/values.ts';

/** A row in the form of all engines of these tests: longs, times, dates and decimals as text. */
export type PlainRow = Readonly<Record<string, string | boolean | null>>;

export type ForeignRequest =
  | { readonly engine: 'spark'; readonly sql: string }
  | {
      readonly engine: 'pyiceberg';
      readonly table: string;
      readonly filter?: string;
      readonly append?: readonly Readonly<Record<string, unknown>>[];
    }
  /** Code, and an expression over its names that gives a Spark or PyArrow table. */
  | { readonly engine: 'python'; readonly code: string; readonly result?: string };

export interface ForeignReaders {
  ask(request: ForeignRequest): Promise<readonly PlainRow[]>;
  close(): Promise<void>;
}

const PREFIX = 'answer:';
/** Settings for the tests' small machine. A reader of docs/readers.md does not need them. */
const SUBMIT_ARGS = [
  // Without the second compiler, because these sessions end before it would pay, and with space for the first one's code.
  '--master local[2] --driver-memory 1g',
  '--driver-java-options "-Duser.timezone=UTC -XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=256m -XX:+UseSerialGC"',
  '--conf spark.ui.enabled=false --conf spark.ui.showConsoleProgress=false --conf spark.log.level=ERROR',
  '--conf spark.sql.shuffle.partitions=2 --conf spark.sql.session.timeZone=UTC pyspark-shell',
].join(' ');

/** One Python process with one Spark session for all cases, because starting them is slow. */
export function openForeignReaders(sqlite: string, warehouse: string): ForeignReaders {
  const python = requiredPath('LEAN_OPS_PYTHON');
  const settings = { sqlite, warehouse, jars: sparkJars() };
  const script = path.join(import.meta.dirname, 'reader.py');
  const child = spawn(python, [script, JSON.stringify(settings)], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, TZ: 'UTC', PYTHONDONTWRITEBYTECODE: '1', PYSPARK_SUBMIT_ARGS: SUBMIT_ARGS },
  });
  const waiting: ((answer: Answer) => void)[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (line.startsWith(PREFIX)) waiting.shift()?.(JSON.parse(line.slice(PREFIX.length)));
  });
  child.on('exit', (code) => {
    for (const answer of waiting.splice(0)) answer({ error: `the reader ended with ${code}` });
  });
  const ask = async (request: ForeignRequest) => {
    const answer = await new Promise<Answer>((resolve) => {
      waiting.push(resolve);
      child.stdin.write(`${JSON.stringify(request)}\n`);
    });
    if (answer.rows === undefined) throw new assert.AssertionError({ message: answer.error ?? 'no answer' });
    return answer.rows.map(plainRow);
  };
  return { ask, close: () => ended(child) };
}

export function sparkJars(): readonly string[] {
  const folder = requiredPath('LEAN_OPS_JARS');
  const jars = readdirSync(folder).filter((name) => name.endsWith('.jar'));
  return jars.map((name) => path.join(folder, name));
}

interface Answer {
  readonly rows?: readonly Readonly<Record<string, EngineValue>>[];
  readonly error?: string;
}

/** Without the engines the suite fails: if it were skipped, CI would pass without a test. */
function requiredPath(variable: string): string {
  const value = process.env[variable];
  assert.ok(
    value !== undefined && existsSync(value),
    `set ${variable}: see CONTRIBUTING.md, tests with other engines`,
  );
  return value;
}

async function ended(child: ChildProcess): Promise<void> {
  const exit = new Promise((resolve) => child.once('exit', resolve));
  child.stdin?.end();
  await exit;
}

/** Our own rows in the form of the others. */
export function plainRow(row: Readonly<Record<string, EngineValue>>): PlainRow {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plain(value)]));
}

function plain(value: EngineValue): string | boolean | null {
  if (value === null || typeof value === 'boolean') return value;
  return String(value);
}
