import { LeanOpsError } from '../../errors/error.ts';
import { Misfit, type Of, type Schema } from './schema.ts';

/** One field of a stored row or item; null or absent if it has no value. */
export type StoredField = string | bigint | Uint8Array | StoredRecord | null | undefined;

/** A SQLite row or DynamoDB item as plain values. */
export interface StoredRecord {
  readonly [name: string]: StoredField;
}

/** The place of a record, for messages. */
export interface StoredPlace {
  readonly table: string;
  /** The record's key as text; empty if it has none. */
  readonly key: () => string;
}

/** Converts a domain value to the fields of a record and back. */
export interface Codec<T> {
  /** Throws INTERNAL if the value does not fit its own shape. */
  encode(value: T): StoredRecord;
  /** Throws STATE_DAMAGED with table, key and field. Ignores fields that the shape does not name. */
  decode(record: Readonly<Record<string, unknown>>, place: StoredPlace): T;
}

/**
 * A codec of records. `schema` holds the fields by their stored names. The two functions map them to the domain and
 * back; `fromFields` may throw a Misfit for what one field alone cannot show.
 */
export function recordCodec<S extends Schema<unknown>, T>(
  schema: S,
  fromFields: (fields: Of<S>) => T,
  toFields: (value: T) => Of<S>,
): Codec<T> {
  return {
    encode: (value) => {
      try {
        return schema.encode(toFields(value)) as StoredRecord;
      } catch (error) {
        throw error instanceof Misfit ? unwritable(error) : error;
      }
    },
    decode: (record, place) => {
      try {
        return fromFields(schema.decode(record) as Of<S>);
      } catch (error) {
        throw error instanceof Misfit ? damaged(error, place) : error;
      }
    },
  };
}

/** The named fields of a record with their values, as text. */
export function keyText(record: Readonly<Record<string, unknown>>, names: readonly string[]): string {
  return names
    .flatMap((name) => (record[name] === undefined ? [] : `${name} ${String(record[name])}`))
    .join(', ');
}

function unwritable({ path, message }: Misfit): LeanOpsError {
  return new LeanOpsError('INTERNAL', {
    operation: 'writing the state',
    detail: `field ${path.join('.')} ${message}`,
  });
}

function damaged({ path, message }: Misfit, { table, key }: StoredPlace): LeanOpsError {
  const names = key();
  return new LeanOpsError('STATE_DAMAGED', {
    operation: 'reading the state',
    detail: `table ${table}${names === '' ? '' : `, entry (${names})`}: field ${path.join('.')} ${message}`,
  });
}
