import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { invariant, LeanOpsError } from '../../errors/error.ts';
import { ERRORS, type ErrorCode } from '../../errors/taxonomy.ts';

/** One item, or one map inside of it, in DynamoDB's own form: numbers are text, so 64-bit values stay exact. */
export type Item = Readonly<Record<string, AttributeValue>>;

/** What `itemOf` takes; null stands for an attribute that is not there. */
export type Field = string | bigint | number | Uint8Array | { readonly [name: string]: Field } | null;

export function itemOf(fields: Readonly<Record<string, Field>>): Item {
  const item: Record<string, AttributeValue> = {};
  for (const [name, field] of Object.entries(fields)) {
    if (field !== null) item[name] = attributeOf(field);
  }
  return item;
}

function attributeOf(field: Exclude<Field, null>): AttributeValue {
  if (typeof field === 'string') return { S: field };
  if (typeof field === 'bigint') return { N: field.toString() };
  if (typeof field === 'number') {
    invariant(Number.isSafeInteger(field), 'the state holds whole numbers only');
    return { N: field.toString() };
  }
  if (field instanceof Uint8Array) return { B: field };
  return { M: itemOf(field) };
}

export function text(item: Item, name: string): string {
  const value = item[name]?.S;
  return value === undefined ? damaged(name, 'holds no text') : value;
}

export function optionalText(item: Item, name: string): string | null {
  return item[name] === undefined ? null : text(item, name);
}

export function long(item: Item, name: string): bigint {
  const value = item[name]?.N;
  if (value === undefined || !/^-?\d+$/.test(value)) return damaged(name, 'holds no integer');
  return BigInt(value);
}

export function optionalLong(item: Item, name: string): bigint | null {
  return item[name] === undefined ? null : long(item, name);
}

/** A count of messages or rows: within 2^53, or the store is damaged. */
export function count(item: Item, name: string): number {
  const value = Number(long(item, name));
  return Number.isSafeInteger(value) ? value : damaged(name, `holds ${value}, which is no possible count`);
}

/** A count that grows by ADD, so that it is not there before the first. */
export function sum(item: Item, name: string): number {
  return item[name] === undefined ? 0 : count(item, name);
}

export function optionalCount(item: Item, name: string): number | null {
  return item[name] === undefined ? null : count(item, name);
}

export function nested(item: Item, name: string): Item {
  return item[name]?.M ?? damaged(name, 'holds no map');
}

export function errorCodeOf(item: Item, name: string): ErrorCode {
  const code = text(item, name);
  return isErrorCode(code) ? code : damaged(name, `holds the unknown error code ${code}`);
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERRORS, code);
}

function damaged(name: string, what: string): never {
  throw new LeanOpsError('STATE_DAMAGED', {
    operation: 'reading the state',
    detail: `attribute ${name} ${what}`,
    remedy: 'Find who wrote to the table besides Lean-Ops; restore it to a point in time before.',
  });
}
