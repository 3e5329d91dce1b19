import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { EngineValue } from '../../src/engine/duckdb-values.ts';

/** A row as every engine of these tests gives it: longs, times, dates and decimals as text. */
export type PlainRow = Readonly<Record<string, string | boolean | null>>;

export interface ForeignRequest {
  readonly engine: 'spark' | 'pyiceberg';
  readonly sql?: string;
  readonly table?: string;
  readonly filter?: string;
  readonly append?: readonly Readonly<Record<string, unknown>>[];
}

export interface ForeignReaders {
  ask(request: ForeignRequest): Promise<readonly PlainRow[]>;
  close(): Promise<void>;
}

const PREFIX = 'answer:';

/** One Python process with one Spark session for all cases: starting them is what takes long. */
export function openForeignReaders(sqlite: string, warehouse: string): ForeignReaders {
  const python = requiredPath('LEAN_OPS_PYTHON');
  const jarFolder = requiredPath('LEAN_OPS_JARS');
  const jars = readdirSync(jarFolder).filter((name) => name.endsWith('.jar'));
  const settings = { sqlite, warehouse, jars: jars.map((name) => path.join(jarFolder, name)) };
  const script = path.join(import.meta.dirname, 'reader.py');
  const child = spawn(python, [script, JSON.stringify(settings)], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, TZ: 'UTC', PYTHONDONTWRITEBYTECODE: '1' },
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

interface Answer {
  readonly rows?: readonly Readonly<Record<string, EngineValue>>[];
  readonly error?: string;
}

/** Skipping without the engines would let CI pass unproven, so the suite fails. */
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
