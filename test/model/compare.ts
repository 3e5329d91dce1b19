import type { Column, Topic } from '../../src/contract/model.ts';
import type { ModelRow } from './semantic.ts';
import { sortedJson, type Value } from './values.ts';

/** A semantic row as texts by column name, NULL as null. Engine and model are compared in this form. */
export type ComparableRow = Readonly<Record<string, string | null>>;

const SYSTEM = ['_message_id', '_publish_time', '_idempotency_key'] as const;

/** A DuckDB query for a semantic table in comparable form, except JSON, which `fromEngine` normalises. */
export function comparableSql(topic: Topic): string {
  const columns = topic.columns.map(({ name, type }) => {
    return type.kind === 'timestamptz'
      ? `epoch_us("${name}")::VARCHAR AS "${name}"`
      : `"${name}"::VARCHAR AS "${name}"`;
  });
  const system = ['_message_id', 'epoch_us(_publish_time)::VARCHAR AS _publish_time', '_idempotency_key'];
  return `SELECT ${[...columns, ...system].join(', ')} FROM semantic."${topic.topic}"`;
}

export function fromEngine(
  topic: Topic,
  rows: readonly Readonly<Record<string, unknown>>[],
): readonly ComparableRow[] {
  const columns = new Map(topic.columns.map((column) => [column.name, column]));
  return ordered(
    rows.map((row) =>
      Object.fromEntries(
        [...columns.keys(), ...SYSTEM].map((name) => {
          const value = row[name];
          return [name, value === null ? null : normalised(String(value), columns.get(name))];
        }),
      ),
    ),
  );
}

export function fromModel(topic: Topic, rows: Iterable<ModelRow>): readonly ComparableRow[] {
  return ordered(
    [...rows].map((row) => ({
      ...Object.fromEntries(
        topic.columns.map((column) => [column.name, textOf(row.values.get(column.name) ?? null, column)]),
      ),
      _message_id: row.messageId,
      _publish_time: String(row.publishTime),
      _idempotency_key: row.idempotencyKey,
    })),
  );
}

function normalised(text: string, column: Column | undefined): string {
  if (column?.type.kind === 'json') return sortedJson(text);
  return column?.type.kind === 'double' || column?.type.kind === 'float' ? String(Number(text)) : text;
}

function textOf(value: Value, { type, masking }: Column): string | null {
  if (value === null) return null;
  if (type.kind !== 'decimal' || masking !== null) return String(value);
  const digits = String(value)
    .replace('-', '')
    .padStart(type.scale + 1, '0');
  const sign = String(value).startsWith('-') ? '-' : '';
  const point = digits.length - type.scale;
  return `${sign}${digits.slice(0, point)}${type.scale === 0 ? '' : `.${digits.slice(point)}`}`;
}

function ordered(rows: readonly ComparableRow[]): readonly ComparableRow[] {
  return [...rows].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}
