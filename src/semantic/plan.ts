import { maskedEnvelopeFields } from '../contract/envelope-fields.ts';
import type {
  Column,
  ColumnType,
  Gate,
  Masking,
  PathSegment,
  QualityRule,
  Topic,
} from '../contract/model.ts';
import { rejectsRows } from '../contract/rejects-rows.ts';
import type { ErrorCode } from '../errors/taxonomy.ts';
import { encodeInexactPath } from '../raw/inexact-paths.ts';
import { type KnownObject, knownObjects } from './known-objects.ts';

/** Name of the topic's key column if the contract names no primary key. */
export const IDEMPOTENCY_KEY = '_idempotency_key';

/** How the text of a JSON token becomes a column's value. Each reading has lexical checks (src/sql/readings.ts). */
export type Reading =
  | { readonly kind: 'string' }
  | { readonly kind: 'json'; readonly of: 'object' | 'array' }
  | { readonly kind: 'boolean' }
  | { readonly kind: 'integer'; readonly strings: boolean }
  | {
      readonly kind: 'decimal';
      readonly strings: boolean;
      readonly precision: number;
      readonly scale: number;
    }
  | { readonly kind: 'floating'; readonly strings: boolean; readonly width: 'float' | 'double' }
  | { readonly kind: 'date' }
  | { readonly kind: 'timestamp'; readonly truncate: boolean }
  | {
      readonly kind: 'epoch';
      readonly strings: boolean;
      readonly unit: 's' | 'ms';
      readonly truncate: boolean;
    };

export interface PlanColumn {
  readonly name: string;
  readonly type: ColumnType;
  readonly path: readonly PathSegment[];
  readonly displayPath: string;
  /** The path in the form of `inexact_number_paths`. */
  readonly inexactPath: string;
  readonly reading: Reading;
  readonly gates: readonly Gate[];
  /** The violation if the value is absent or null; null: the column may be empty. */
  readonly missing: ErrorCode | null;
  /** A violation rejects the row; otherwise the value becomes NULL and drift. */
  readonly rejects: boolean;
  readonly masking: Masking | null;
}

/** What the semantic job does for a topic, independent of the engine and of the batch. */
export interface Plan {
  readonly topic: string;
  readonly columns: readonly PlanColumn[];
  /** Names of key columns in order; IDEMPOTENCY_KEY alone if the contract names no key. */
  readonly key: readonly string[];
  /** The idempotency key is a masked property, so tables show its hash. */
  readonly hashIdempotencyKey: boolean;
  /** A masking key is needed to run the plan. */
  readonly needsMaskingKey: boolean;
  /** The objects whose members the contract names. Any other member is drift. */
  readonly objects: readonly KnownObject[];
  /** `version` of every registered contract version up to this one: the schema versions that messages may name. */
  readonly knownVersions: readonly string[];
  /** The contract's table rules. */
  readonly rules: readonly QualityRule[];
}

/** The plan of a contract; `earlier` are the `version`s of those registered before it. */
export function planOf(topic: Topic, earlier: readonly string[] = []): Plan {
  const columns = topic.columns.map((column) => planColumn(column, topic));
  const hashIdempotencyKey = maskedEnvelopeFields(topic).some(({ field }) => field === 'idempotencyKey');
  return Object.freeze({
    topic: topic.topic,
    columns: Object.freeze(columns),
    key: topic.key.length > 0 ? topic.key : [IDEMPOTENCY_KEY],
    hashIdempotencyKey,
    needsMaskingKey: hashIdempotencyKey || columns.some((column) => column.masking?.kind === 'hash'),
    objects: knownObjects(topic.columns),
    knownVersions: Object.freeze([...new Set([...earlier, topic.contractVersion])]),
    rules: topic.rules,
  });
}

function planColumn(column: Column, topic: Topic): PlanColumn {
  const missing = missingCode(column);
  return Object.freeze({
    name: column.name,
    type: column.type,
    path: column.path,
    displayPath: column.displayPath,
    inexactPath: encodeInexactPath(column.path),
    reading: typeReading(column, topic.acceptNumericStrings),
    gates: column.gates,
    missing,
    rejects: rejectsRows(column, topic),
    masking: column.masking,
  });
}

function missingCode(column: Column): ErrorCode | null {
  if (column.keyPosition !== null) return 'KEY_MISSING';
  if (column.cde) return 'CDE_MISSING';
  return column.required ? 'REQUIRED_MISSING' : null;
}

function typeReading(column: Column, strings: boolean): Reading {
  const { type } = column;
  switch (type.kind) {
    case 'string':
    case 'boolean':
    case 'date':
      return { kind: type.kind };
    case 'json':
      return { kind: 'json', of: type.of };
    case 'int':
    case 'long':
      return { kind: 'integer', strings };
    case 'decimal':
      return { kind: 'decimal', strings, precision: type.precision, scale: type.scale };
    case 'float':
    case 'double':
      return { kind: 'floating', strings, width: type.kind };
    case 'timestamptz':
      return column.epoch === null
        ? { kind: 'timestamp', truncate: column.truncate }
        : { kind: 'epoch', strings, unit: column.epoch, truncate: column.truncate };
  }
}
