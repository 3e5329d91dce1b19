import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { invariant, LeanOpsError } from '../../errors/error.ts';
import { type Codec, keyText, type StoredField } from '../codec/codec.ts';
import { STATE_TABLES, type StateTable, type StateTableId } from './tables.ts';

/** One item, or one map inside of it, in DynamoDB's own form: numbers are text, so 64-bit values stay exact. */
export type Item = Readonly<Record<string, AttributeValue>>;

/** The input of `itemOf`; null and undefined mean that the attribute is absent. */
export type Field = StoredField | number | { readonly [name: string]: Field };

/** Throws STATE_DAMAGED if the item does not fit. `parts` replace attributes before that. */
export function fromItem<T>(
  codec: Codec<T>,
  table: StateTableId,
  item: Item,
  parts: Readonly<Record<string, unknown>> = {},
): T {
  const { hash, range }: StateTable = STATE_TABLES[table];
  const record = recordOf(item);
  const names = range === null ? [hash.name] : [hash.name, range.name];
  const place = { table, key: () => keyText(record, names) };
  return codec.decode({ ...record, ...parts }, place);
}

function recordOf(item: Item): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, plain(value)]));
}

/** Attributes of unsupported types are returned unchanged, so they fail every schema. */
function plain(value: AttributeValue): unknown {
  if (value.S !== undefined) return value.S;
  if (value.N !== undefined) return /^-?\d+$/.test(value.N) ? BigInt(value.N) : Number(value.N);
  if (value.B !== undefined) return value.B;
  if (value.M !== undefined) return recordOf(value.M);
  return value;
}

/** An item of these fields. */
export function itemOf(fields: Readonly<Record<string, Field>>): Item {
  const item: Record<string, AttributeValue> = {};
  for (const [name, field] of Object.entries(fields)) {
    if (field !== null && field !== undefined) item[name] = attributeOf(field);
  }
  return item;
}

function attributeOf(field: Exclude<Field, null | undefined>): AttributeValue {
  if (typeof field === 'string') return { S: field };
  if (typeof field === 'bigint') return { N: field.toString() };
  if (typeof field === 'number') {
    invariant(Number.isSafeInteger(field), 'the state holds whole numbers only');
    return { N: field.toString() };
  }
  if (field instanceof Uint8Array) return { B: field };
  return { M: itemOf(field) };
}

/** The text of an attribute; throws STATE_DAMAGED if it holds none. */
export function text(item: Item, name: string): string {
  return item[name]?.S ?? damaged(name, 'text');
}

/** The 64-bit integer of an attribute; throws STATE_DAMAGED if it holds none. */
export function long(item: Item, name: string): bigint {
  const value = item[name]?.N;
  return value !== undefined && /^-?\d+$/.test(value) ? BigInt(value) : damaged(name, 'an integer');
}

function damaged(name: string, expected: string): never {
  throw new LeanOpsError('STATE_DAMAGED', {
    operation: 'reading the state',
    detail: `attribute ${name} does not hold ${expected}`,
  });
}
