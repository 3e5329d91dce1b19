import { setTimeout } from 'node:timers/promises';
import {
  BatchGetItemCommand,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  paginateQuery,
  paginateScan,
  TransactionCanceledException,
  TransactionConflictException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { backoffMs } from '../../base/retry.ts';
import { awsError } from '../../errors/aws-error.ts';
import { LeanOpsError } from '../../errors/error.ts';
import { type Field, type Item, itemOf } from './item.ts';
import { type StateTableId, stateTableName } from './tables.ts';

/** A write that DynamoDB refuses because of another write to the same item is repeated after 20, 40, … ms, with jitter. */
const MAX_ATTEMPTS = 8;
const FIRST_PAUSE_MS = 20;
/** The limit of BatchGetItem. */
const MAX_BATCH_GET = 100;

/** An expression with its values. It writes every attribute as `#name`. */
export interface Expression {
  readonly text: string;
  readonly values?: Readonly<Record<string, Field>>;
}

export interface Update {
  readonly table: StateTableId;
  readonly key: Readonly<Record<string, Field>>;
  readonly change: Expression;
  readonly condition?: Expression;
}

export type Write =
  | ({ readonly kind: 'update' } & Update)
  | {
      readonly kind: 'put';
      readonly table: StateTableId;
      readonly item: Item;
      readonly condition: Expression | null;
    }
  | ({ readonly kind: 'delete' } & Omit<Update, 'change' | 'condition'> & {
        readonly condition: Expression | null;
      })
  | ({ readonly kind: 'check' } & Omit<Update, 'change' | 'condition'> & { readonly condition: Expression });

/** 'refused': the condition does not hold; `item` is the stored one. */
export type UpdateAnswer = { readonly kind: 'done' | 'refused'; readonly item: Item | null };

/** 'refused': nothing was written, because the conditions of the writes at the indexes `failed` do not hold. */
export type TransactAnswer =
  | { readonly kind: 'done' }
  | { readonly kind: 'refused'; readonly failed: ReadonlySet<number> };

export interface Range {
  readonly condition: Expression;
  readonly filter?: Expression;
  readonly descending?: boolean;
  /** Items per request, before the filter. */
  readonly pageSize?: number;
}

/** The state tables of one environment. Every read is consistent, and AWS's errors become those of the taxonomy. */
export class Database {
  readonly #client: DynamoDBClient;
  readonly #prefix: string;

  constructor(client: DynamoDBClient, prefix: string) {
    this.#client = client;
    this.#prefix = prefix;
  }

  /** null if there is no item with that key. */
  async get(table: StateTableId, key: Readonly<Record<string, Field>>): Promise<Item | null> {
    const TableName = this.#name(table);
    const command = new GetItemCommand({ TableName, Key: itemOf(key), ConsistentRead: true });
    const answer = await asking('reading the state', this.#client.send(command));
    return answer.Item ?? null;
  }

  /** The items that exist, in no order. */
  async getAll(table: StateTableId, keys: readonly Readonly<Record<string, Field>>[]): Promise<Item[]> {
    const name = this.#name(table);
    const items: Item[] = [];
    const left = keys.map(itemOf);
    let attempt = 0;
    while (left.length > 0) {
      const batch = left.splice(0, MAX_BATCH_GET);
      const request = { [name]: { Keys: batch, ConsistentRead: true } };
      const command = new BatchGetItemCommand({ RequestItems: request });
      const answer = await asking('reading the state', this.#client.send(command));
      const got = answer.Responses?.[name] ?? [];
      const undone = answer.UnprocessedKeys?.[name]?.Keys ?? [];
      items.push(...got);
      left.push(...undone);
      if (undone.length > 0) await this.#pause('reading the state', attempt++);
    }
    return items;
  }

  /** Changes one item if the condition holds. */
  async update({ table, key, change, condition }: Update): Promise<UpdateAnswer> {
    const command = new UpdateItemCommand({
      TableName: this.#name(table),
      Key: itemOf(key),
      UpdateExpression: change.text,
      ...(condition === undefined ? {} : { ConditionExpression: condition.text }),
      ...placeholders(change, condition),
      ReturnValues: 'ALL_NEW',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    for (let attempt = 0; ; attempt++) {
      try {
        const { Attributes } = await this.#client.send(command);
        return { kind: 'done', item: Attributes ?? null };
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException)
          return { kind: 'refused', item: error.Item ?? null };
        if (!(error instanceof TransactionConflictException)) throw awsError('writing the state', error);
        await this.#pause('writing the state', attempt);
      }
    }
  }

  /** All writes or none. The SDK sends one token with each of its own retries, so a lost answer writes nothing twice. */
  async transact(writes: readonly Write[]): Promise<TransactAnswer> {
    const items = writes.map((write) => this.#transactItem(write));
    for (let attempt = 0; ; attempt++) {
      try {
        await this.#client.send(new TransactWriteItemsCommand({ TransactItems: items }));
        return { kind: 'done' };
      } catch (error) {
        if (!(error instanceof TransactionCanceledException)) throw awsError('writing the state', error);
        const failed = refusedWrites(error);
        if (failed.size > 0) return { kind: 'refused', failed };
        if (!isTransient(error)) throw awsError('writing the state', error);
        await this.#pause('writing the state', attempt);
      }
    }
  }

  /** Items of one hash key, in the order of the range key. */
  query(table: StateTableId, range: Range): AsyncGenerator<Item> {
    const { condition, filter, descending, pageSize } = range;
    return items(
      paginateQuery(
        { client: this.#client },
        {
          TableName: this.#name(table),
          KeyConditionExpression: condition.text,
          ...(filter === undefined ? {} : { FilterExpression: filter.text }),
          ...(pageSize === undefined ? {} : { Limit: pageSize }),
          ...placeholders(condition, filter),
          ConsistentRead: true,
          ScanIndexForward: descending !== true,
        },
      ),
    );
  }

  /** Every item of the table, in no order. */
  scan(table: StateTableId): AsyncGenerator<Item> {
    return items(
      paginateScan({ client: this.#client }, { TableName: this.#name(table), ConsistentRead: true }),
    );
  }

  #name(table: StateTableId): string {
    return stateTableName(this.#prefix, table);
  }

  #transactItem(write: Write): TransactWriteItem {
    const TableName = this.#name(write.table);
    const { condition } = write;
    const guard = condition == null ? {} : { ConditionExpression: condition.text };
    switch (write.kind) {
      case 'put':
        return { Put: { TableName, Item: write.item, ...guard, ...placeholders(condition) } };
      case 'update': {
        const change = { UpdateExpression: write.change.text, ...placeholders(write.change, condition) };
        return { Update: { TableName, Key: itemOf(write.key), ...change, ...guard } };
      }
      case 'delete':
        return { Delete: { TableName, Key: itemOf(write.key), ...guard, ...placeholders(condition) } };
      case 'check': {
        const { text } = write.condition;
        const check = { TableName, Key: itemOf(write.key), ConditionExpression: text };
        return { ConditionCheck: { ...check, ...placeholders(condition) } };
      }
    }
  }

  async #pause(operation: string, attempt: number): Promise<void> {
    if (attempt + 1 >= MAX_ATTEMPTS) {
      const detail = `DynamoDB refused it ${MAX_ATTEMPTS} times because of other writes to the same items`;
      throw new LeanOpsError('AWS_UNAVAILABLE', { operation, detail });
    }
    await setTimeout(backoffMs(FIRST_PAUSE_MS, attempt + 1, Math.random()));
  }
}

async function* items(
  pages: AsyncIterable<{ readonly Items?: readonly Item[] | undefined }>,
): AsyncGenerator<Item> {
  const iterator = pages[Symbol.asyncIterator]();
  for (;;) {
    const page = await asking('reading the state', iterator.next());
    if (page.done === true) return;
    yield* page.value.Items ?? [];
  }
}

/** Every `#name` refers to the attribute of that name, because many plain names are reserved words. */
function placeholders(...expressions: readonly (Expression | null | undefined)[]) {
  const names: Record<string, string> = {};
  const values: Record<string, Field> = {};
  for (const expression of expressions) {
    for (const [name] of expression?.text.matchAll(/#\w+/g) ?? []) names[name] = name.slice(1);
    Object.assign(values, expression?.values);
  }
  return {
    ...(Object.keys(names).length === 0 ? {} : { ExpressionAttributeNames: names }),
    ...(Object.keys(values).length === 0 ? {} : { ExpressionAttributeValues: itemOf(values) }),
  };
}

function refusedWrites(error: TransactionCanceledException): ReadonlySet<number> {
  const failed = new Set<number>();
  for (const [index, reason] of (error.CancellationReasons ?? []).entries()) {
    if (reason.Code === 'ConditionalCheckFailed') failed.add(index);
  }
  return failed;
}

const TRANSIENT_REASONS: ReadonlySet<string> = new Set([
  'None',
  'TransactionConflict',
  'ThrottlingError',
  'ProvisionedThroughputExceeded',
]);

function isTransient(error: TransactionCanceledException): boolean {
  const reasons = error.CancellationReasons ?? [];
  return reasons.length > 0 && reasons.every(({ Code }) => TRANSIENT_REASONS.has(Code ?? 'None'));
}

async function asking<T>(operation: string, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    throw awsError(operation, error);
  }
}
