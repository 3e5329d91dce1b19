import type { ColumnType, PathSegment } from '../contract/model.ts';
import type { Dialect } from './dialect.ts';

const text = (value: string): string => `'${value.replaceAll("'", "''")}'`;

function type(of: ColumnType): string {
  switch (of.kind) {
    case 'string':
    case 'json':
      return 'VARCHAR';
    case 'int':
      return 'INTEGER';
    case 'long':
      return 'BIGINT';
    case 'float':
      return 'FLOAT';
    case 'double':
      return 'DOUBLE';
    case 'decimal':
      return `DECIMAL(${of.precision}, ${of.scale})`;
    case 'boolean':
      return 'BOOLEAN';
    case 'date':
      return 'DATE';
    case 'timestamptz':
      return 'TIMESTAMPTZ';
  }
}

/**
 * DuckDB's `$` paths read wildcards even inside quotes and accept no empty key. Its JSON pointers have neither a syntax
 * for indexes nor wildcards.
 */
const NEEDS_POINTER = /[*"\\]|^$/;

function path(segments: readonly PathSegment[]): string {
  if (segments.some((segment) => segment.kind === 'key' && NEEDS_POINTER.test(segment.key)))
    return pointer(segments);
  return `$${segments.map((segment) => (segment.kind === 'key' ? `."${segment.key}"` : `[${segment.index}]`)).join('')}`;
}

function pointer(segments: readonly PathSegment[]): string {
  const steps = segments.map((segment) =>
    segment.kind === 'key' ? segment.key.replaceAll('~', '~0').replaceAll('/', '~1') : String(segment.index),
  );
  return steps.map((step) => `/${step}`).join('');
}

/** RE2 is linear in the text, whatever the pattern. */
const matches = (value: string, pattern: string): string => `regexp_full_match(${value}, ${text(pattern)})`;

export const DUCKDB: Dialect = Object.freeze({
  name: 'duckdb',
  locator: ['_file', '_pos'],
  identifier: (name) => `"${name.replaceAll('"', '""')}"`,
  text,
  type,
  tokens: (json, paths) =>
    `(json_extract(${json}, [${paths.map((segments) => text(path(segments))).join(', ')}])::VARCHAR[])`,
  element: (array, index) => `${array}[${index} + 1]`,
  unquote: (token) => `json_extract_string(${token}, '$')`,
  quote: (value) => `to_json(${value})::VARCHAR`,
  members: (relation, token) => `(SELECT *, unnest(json_keys(${token})) AS member FROM ${relation})`,
  member: (object, member) =>
    `json_extract(${object}, '/' || replace(replace(${member}, '~', '~0'), '/', '~1'))::VARCHAR`,
  matches,
  matchesPattern: matches,
  castOrNull: (value, to) => `TRY_CAST(${value} AS ${to})`,
  fromMicros: (micros) => `make_timestamptz(${micros})`,
  toMicros: (timestamp) => `epoch_us(${timestamp})`,
  civilMicros: (value) => `epoch_us(TRY_CAST(${value} AS TIMESTAMP))`,
  hmac: (value) => `sha256(k.opad || unhex(sha256(k.ipad || encode(${value}))))`,
  sha256: (value) => `sha256(${value})`,
  maxBy: (value, tuple) =>
    `max_by(${value}, struct_pack(${tuple.map((part, index) => `f${index} := ${part}`).join(', ')}))`,
  differs: (left, right) => `${left} IS DISTINCT FROM ${right}`,
} satisfies Dialect);
