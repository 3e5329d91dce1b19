import { createHmac } from 'node:crypto';
import type { Column, Gate, Masking, Topic } from '../../src/contract/model.ts';
import { find, type ModelMessage } from './receive.ts';
import { readValue, type Value } from './values.ts';

export type Fate = 'inserted' | 'updated' | 'duplicate' | 'superseded' | 'stale' | 'rejected';

export interface ModelRow {
  /** Masked, by column name, in the contract's order. */
  readonly values: ReadonlyMap<string, Value>;
  readonly messageId: string;
  readonly publishTime: bigint;
  readonly idempotencyKey: string;
}

/** A semantic table in a Map: a second, naive implementation of the rules of the semantic job. */
export class SemanticModel {
  /** Rows by their key's masked values as JSON. */
  readonly rows = new Map<string, ModelRow>();
  /** Findings that no redrive has taken, with one message that shows each, and the version that rejected it. */
  private readonly errors = new Map<string, { readonly message: ModelMessage; readonly version: number }>();
  private topic: Topic;
  private version = 1;
  private readonly maskingKey: Uint8Array;

  constructor(topic: Topic, maskingKey: Uint8Array) {
    this.topic = topic;
    this.maskingKey = maskingKey;
  }

  /** The rows to come are read by another version of the contract; those that are there stay as they are. */
  evolve(topic: Topic): void {
    this.topic = topic;
    this.version += 1;
  }

  /** Takes the findings of earlier versions again, as one batch; gives the fates of their messages. */
  redrive(): readonly Fate[] {
    const taken = [...this.errors].filter(([, { version }]) => version < this.version);
    for (const [error] of taken) this.errors.delete(error);
    return this.process(taken.map(([, { message }]) => message));
  }

  /** Takes one batch and gives each message's fate, in the order given. */
  process(messages: readonly ModelMessage[]): readonly Fate[] {
    const fates: Fate[] = messages.map(() => 'superseded');
    const seen = new Set<string>();
    const winners = new Map<string, { row: ModelRow; index: number }>();
    for (const [index, message] of messages.entries()) {
      const identity = JSON.stringify([message.messageId, String(message.publishTime), message.payload.text]);
      if (seen.has(identity)) {
        fates[index] = 'duplicate';
        continue;
      }
      seen.add(identity);
      const result = this.rowOf(message);
      if ('error' in result) {
        fates[index] = this.errors.has(result.error) ? 'duplicate' : 'rejected';
        if (!this.errors.has(result.error)) this.errors.set(result.error, { message, version: this.version });
        continue;
      }
      const key = this.keyOf(result.row);
      const rival = winners.get(key);
      if (rival === undefined || compareRows(result.row, rival.row) > 0)
        winners.set(key, { row: result.row, index });
    }
    for (const [key, { row, index }] of winners) fates[index] = this.settle(key, row);
    return fates;
  }

  /** The key that a message would have in the table, as JSON; null where it has none, or not all of it. */
  keyOfMessage(message: ModelMessage): string | null {
    const parts = this.topic.key.map((name) => {
      const column = this.topic.columns.find((each) => each.name === name);
      const node = column === undefined ? undefined : find(message.payload, column.path);
      const read = node === undefined || column === undefined ? null : readValue(node, column, this.topic);
      return read === null || 'code' in read ? null : this.mask(column?.masking ?? null, read.value);
    });
    if (this.topic.key.length === 0) return JSON.stringify([this.idempotencyKeyOf(message)]);
    return parts.some((part) => part === null) ? null : JSON.stringify(parts.map(String));
  }

  /** Takes a key out of the table and out of what is known of its rejected messages. */
  erase(key: string): void {
    this.rows.delete(key);
    for (const [error, { message }] of this.errors)
      if (this.keyOfMessage(message) === key) this.errors.delete(error);
  }

  private settle(key: string, row: ModelRow): Fate {
    const existing = this.rows.get(key);
    const order = existing === undefined ? 1 : compareRows(row, existing);
    if (order > 0) this.rows.set(key, row);
    if (existing === undefined) return 'inserted';
    if (order > 0) return 'updated';
    return order === 0 ? 'duplicate' : 'stale';
  }

  private rowOf(message: ModelMessage): { row: ModelRow } | { error: string } {
    const values = new Map<string, Value>();
    const violations: string[] = [];
    for (const column of this.topic.columns) {
      const node = find(message.payload, column.path);
      const vital = column.keyPosition !== null || column.cde || column.required;
      if (node === undefined || node.kind === 'null') {
        if (vital) violations.push(`${column.name} missing`);
        values.set(column.name, null);
        continue;
      }
      const read = readValue(node, column, this.topic);
      const fails = 'code' in read;
      if (fails && (vital || this.topic.onTypeMismatch === 'reject' || column.gates.some(isRowRule)))
        violations.push(`${column.name} ${read.code} ${node.text}`);
      values.set(column.name, fails ? null : this.mask(column.masking, read.value));
    }
    const idempotencyKey = this.idempotencyKeyOf(message);
    const row = { values, messageId: message.messageId, publishTime: message.publishTime, idempotencyKey };
    if (violations.length === 0) return { row };
    return {
      error: JSON.stringify([
        row.messageId,
        String(row.publishTime),
        idempotencyKey,
        this.keyOf(row),
        violations,
        this.version,
      ]),
    };
  }

  private keyOf(row: ModelRow): string {
    if (this.topic.key.length === 0) return JSON.stringify([row.idempotencyKey]);
    return JSON.stringify(this.topic.key.map((name) => String(row.values.get(name) ?? null)));
  }

  private idempotencyKeyOf(message: ModelMessage): string {
    const path = JSON.stringify(this.topic.idempotencyKeyPath);
    const source = this.topic.columns.find((column: Column) => JSON.stringify(column.path) === path);
    return source?.masking?.kind === 'hash' ? this.hash(message.idempotencyKey) : message.idempotencyKey;
  }

  private mask(masking: Masking | null, value: Value): Value {
    if (masking === null) return value;
    const characters = [...String(value)];
    switch (masking.kind) {
      case 'hash':
        return this.hash(String(value));
      case 'redact':
        return '***';
      case 'partial':
        return characters.length >= 2 * masking.keep
          ? `***${characters.slice(-masking.keep).join('')}`
          : '***';
      case 'null':
        return null;
    }
  }

  private hash(text: string): string {
    return createHmac('sha256', this.maskingKey).update(text).digest('hex');
  }
}

/** Rules of quality[] split rows; options of the type only empty a column that may be empty. */
function isRowRule({ kind }: Gate): boolean {
  return kind === 'validValues' || kind === 'validPattern' || kind === 'missingValues';
}

/** Version order: publish time, message id by UTF-8 bytes, then the masked columns. */
function compareRows(left: ModelRow, right: ModelRow): number {
  if (left.publishTime !== right.publishTime) return left.publishTime < right.publishTime ? -1 : 1;
  const ids = compareValues(left.messageId, right.messageId);
  if (ids !== 0) return ids;
  const names = [...left.values.keys()];
  return (
    names
      .map((name) => compareValues(left.values.get(name) ?? null, right.values.get(name) ?? null))
      .find((order) => order !== 0) ?? 0
  );
}

/** NULL is smallest; the two are of one type otherwise. */
function compareValues(left: Value, right: Value): number {
  if (left === null || right === null) return Number(right === null) - Number(left === null);
  if (typeof left === 'string') return Buffer.compare(Buffer.from(left), Buffer.from(String(right)));
  return left === right ? 0 : left < right ? -1 : 1;
}
