import { readFile } from 'node:fs/promises';
import { icebergRead } from 'icebird';
import { currentSchema } from '../../src/iceberg/metadata.ts';
import type { Schema } from '../../src/iceberg/schema.ts';
import type { Table } from '../../src/iceberg/table.ts';
import type { PlainRow } from './foreign-readers.ts';

/** icebird uses `fetch`. This one reads files of this machine, whole or by byte range. */
async function fetchLocal(input: unknown, init?: RequestInit): Promise<Response> {
  const bytes = await readFile(String(input));
  const range = /bytes=(\d+)-(\d*)/.exec(new Headers(init?.headers).get('range') ?? '');
  if (range === null) return new Response(bytes, { headers: { 'content-length': String(bytes.length) } });
  const end = range[2] === '' ? bytes.length : Number(range[2]) + 1;
  return new Response(bytes.subarray(Number(range[1]), end), { status: 206 });
}

/** The table's rows as icebird reads them, at its head or a snapshot. `asIcebirdHolds` shows what it cannot represent. */
export async function readWithIcebird(
  table: Table,
  schema: Schema = currentSchema(table.metadata),
  snapshotId?: bigint,
): Promise<readonly PlainRow[]> {
  const original = globalThis.fetch;
  globalThis.fetch = fetchLocal;
  try {
    const metadata = JSON.parse(await readFile(table.metadataLocation ?? '', 'utf8'));
    metadata['current-schema-id'] = schema['schema-id'];
    // A double, as every long of JSON.parse: the same rounding on both sides.
    if (snapshotId !== undefined) metadata['current-snapshot-id'] = Number(snapshotId);
    const rows = await icebergRead({ tableUrl: table.metadata.location, metadata });
    return rows.map((row) =>
      Object.fromEntries(schema.fields.map(({ name, type }) => [name, plain(row[name], String(type))])),
    );
  } finally {
    globalThis.fetch = original;
  }
}

function plain(value: unknown, type: string): string | boolean | null {
  if (value === null || value === undefined) return null;
  if (type.startsWith('decimal')) return roundDecimal(String(value));
  if (value instanceof Date) return String(value.getTime());
  return typeof value === 'boolean' ? value : String(value);
}

/** icebird multiplies the unscaled value by a power of ten, which costs the last digits of a double. */
function roundDecimal(text: string): string {
  return Number(text).toPrecision(12);
}

const MS_PER_DAY = 86_400_000;

/** Our rows in the form of icebird, which returns decimals as doubles and times as milliseconds. */
export function asIcebirdHolds(schema: Schema, row: PlainRow): PlainRow {
  const types = new Map(schema.fields.map((field) => [field.name, String(field.type)]));
  const entries = Object.entries(row).map(([name, value]) => [name, coarser(types.get(name) ?? '', value)]);
  return Object.fromEntries(entries);
}

function coarser(type: string, value: string | boolean | null): string | boolean | null {
  if (typeof value !== 'string') return value;
  if (type.startsWith('decimal')) return roundDecimal(value);
  if (type === 'date') return String(Number(value) * MS_PER_DAY);
  return type === 'timestamptz' ? String(BigInt(value) / 1000n) : value;
}
