import { isDeepStrictEqual } from 'node:util';
import { compareGates, type GateDirection } from './gate-change.ts';
import { typeText } from './gates.ts';
import type { Column, ColumnType, Topic } from './model.ts';
import { formatPath } from './path.ts';

/** What a change means for the existing table: nothing, an evolution by field ids, or a rebuild. */
export type ChangeEffect = 'none' | 'evolve' | 'rebuild';

export type ChangeKind =
  | 'added-optional'
  | 'added-required'
  /** The table keeps the column. It is NULL in later rows. */
  | 'removed'
  /** As `removed`, but every row had a value. */
  | 'removed-required'
  | 'widened'
  | 'type'
  | 'path'
  | 'key'
  | 'masking'
  | 'partition'
  /** Of gates, required, critical, and what a mistyped value does, for later rows: fewer values pass than before. */
  | 'rule-stricter'
  /** More values pass, including values that the table never showed before. */
  | 'rule-looser'
  /** Some values newly pass and others no longer do, or it cannot be decided. */
  | 'rule-other'
  /** Written differently. The same values pass. */
  | 'rule-same'
  /** More ways to write a value are accepted. The table shows the same kinds of values as before. */
  | 'takes-more'
  /** How a value is read from its JSON token: epoch, truncate. */
  | 'reading'
  /** Which columns come first. It only decides ties between versions of one key. */
  | 'order'
  /** What ingest looks for around a message and in it: envelope, paths of key and publish time. */
  | 'intake'
  /** Settings of operation: freshness, retention, compatibility, table rules, muted drift. */
  | 'operation'
  | 'description';

export interface ContractChange {
  readonly kind: ChangeKind;
  /** null: the change concerns the topic as a whole. */
  readonly column: string | null;
  readonly effect: ChangeEffect;
  /** One sentence for people. */
  readonly detail: string;
}

/** Every difference in meaning between two versions of one topic: those of the topic first, then those of each column. */
export function classifyChange(before: Topic, after: Topic): readonly ContractChange[] {
  const old = new Map(before.columns.map((column) => [column.name, column]));
  const now = new Map(after.columns.map((column) => [column.name, column]));
  return [
    ...topicChanges(before, after),
    ...after.columns.flatMap((column) => {
      const was = old.get(column.name);
      return was === undefined ? added(column) : columnChanges(was, column);
    }),
    ...before.columns.filter(({ name }) => !now.has(name)).flatMap(removed),
  ];
}

function topicChanges(before: Topic, after: Topic): readonly ContractChange[] {
  const changes: ContractChange[] = [];
  const report = (kind: ChangeKind, effect: ChangeEffect, detail: string): void => {
    changes.push({ kind, column: null, effect, detail });
  };
  const differs = (name: keyof Topic): boolean => !isDeepStrictEqual(before[name], after[name]);
  if (differs('key'))
    report('key', 'rebuild', `The key changes from ${keyText(before)} to ${keyText(after)}.`);
  else if (differs('idempotencyKeyPath') && after.key.length === 0) {
    report(
      'key',
      'rebuild',
      'The idempotency key, which is the key of the table, is read from another path.',
    );
  }
  for (const name of ['acceptNumericStrings', 'onTypeMismatch'] as const) {
    const kind = after[name] === true || after[name] === 'null' ? 'takes-more' : 'rule-stricter';
    if (differs(name))
      report(kind, 'none', `${name} changes from ${before[name]} to ${after[name]}, for later rows.`);
  }
  for (const name of ['envelope', 'publishTimePath', 'idempotencyKeyPath'] as const) {
    if (differs(name)) report('intake', 'none', `${name} changes, for later messages.`);
  }
  for (const name of ['compatibility', 'freshness', 'retentionSeconds', 'rules', 'driftMuted'] as const) {
    const what = name === 'rules' ? 'The set of table rules' : name;
    if (differs(name)) report('operation', 'none', `${what} changes. The table stays as it is.`);
  }
  const common = (columns: readonly Column[], others: readonly Column[]): readonly string[] =>
    columns.map(({ name }) => name).filter((name) => others.some((other) => other.name === name));
  if (!isDeepStrictEqual(common(before.columns, after.columns), common(after.columns, before.columns))) {
    report('order', 'none', 'The columns are in another order. The table keeps its own.');
  }
  if (differs('description')) report('description', 'none', 'The description changes.');
  return changes;
}

function keyText(topic: Topic): string {
  return topic.key.length === 0 ? '_idempotency_key' : topic.key.join(', ');
}

function added(column: Column): readonly ContractChange[] {
  const strict = column.required || column.cde;
  const change: ContractChange = strict
    ? {
        kind: 'added-required',
        column: column.name,
        effect: 'rebuild',
        detail: `${column.name} is new and required. Existing rows have no value for it.`,
      }
    : {
        kind: 'added-optional',
        column: column.name,
        effect: 'evolve',
        detail: `${column.name} is new. It stays NULL in existing rows until a rebuild.`,
      };
  return column.partition === null ? [change] : [change, partitionChange(column.name)];
}

function removed(column: Column): readonly ContractChange[] {
  const change: ContractChange = {
    kind: column.required || column.cde ? 'removed-required' : 'removed',
    column: column.name,
    effect: 'none',
    detail: `${column.name} was removed from the contract. The table keeps the column.`,
  };
  return column.partition === null ? [change] : [change, partitionChange(column.name)];
}

function partitionChange(name: string): ContractChange {
  return {
    kind: 'partition',
    column: name,
    effect: 'evolve',
    detail: `The partitioning by ${name} changes for later files.`,
  };
}

function columnChanges(before: Column, after: Column): readonly ContractChange[] {
  const name = after.name;
  const changes: ContractChange[] = [];
  const report = (kind: ChangeKind, effect: ChangeEffect, detail: string): void => {
    changes.push({ kind, column: name, effect, detail });
  };
  const differs = (part: keyof Column): boolean => !isDeepStrictEqual(before[part], after[part]);
  if (differs('type')) {
    const text = `${name} changes from ${typeText(before.type)} to ${typeText(after.type)}`;
    if (widens(before.type, after.type))
      report('widened', 'evolve', `${text}, which can store every earlier value.`);
    else report('type', 'rebuild', `${text}.`);
  }
  if (differs('path'))
    report(
      'path',
      'rebuild',
      `${name} is read from ${formatPath(after.path)} instead of ${formatPath(before.path)}.`,
    );
  if (differs('masking'))
    report(
      'masking',
      'rebuild',
      `The masking of ${name} changes from ${before.masking?.kind ?? 'none'} to ${after.masking?.kind ?? 'none'}.`,
    );
  if (differs('epoch') || differs('truncate'))
    report('reading', 'rebuild', `The times in ${name} are read differently.`);
  if (differs('partition')) changes.push(partitionChange(name));
  if (differs('gates')) {
    const direction = compareGates(before.gates, after.gates);
    report(`rule-${direction}`, 'none', `${GATES_TEXT[direction](name)}, for later rows.`);
  }
  if (differs('required') || differs('cde')) changes.push(needChange(before, after));
  if (differs('description')) report('description', 'none', `The description of ${name} changes.`);
  return changes;
}

const GATES_TEXT: Readonly<Record<GateDirection, (name: string) => string>> = {
  stricter: (name) => `The rules on the values of ${name} become stricter`,
  looser: (name) => `The rules on the values of ${name} become looser`,
  other: (name) => `The rules on the values of ${name} change`,
  same: (name) => `The rules on the values of ${name} are written differently`,
};

/** Required and critical both reject a row without the value. So only a column that was neither becomes stricter. */
function needChange(before: Column, after: Column): ContractChange {
  const column = after.name;
  const needed = before.required || before.cde;
  const needs = after.required || after.cde;
  if (needs && !needed) {
    const detail = `${column} becomes required or critical. Existing rows may have no value.`;
    return { kind: 'rule-stricter', column, effect: 'rebuild', detail };
  }
  if (needed && !needs)
    return {
      kind: 'rule-looser',
      column,
      effect: 'none',
      detail: `${column} may now lack a value.`,
    };
  const detail = `${column} changes between required and critical. The same rows pass.`;
  return { kind: 'rule-same', column, effect: 'none', detail };
}

/** Iceberg's promotions ("Schema Evolution"): int to long, float to double, more digits at the same scale. */
export function widens(before: ColumnType, after: ColumnType): boolean {
  if (before.kind === 'int') return after.kind === 'long';
  if (before.kind === 'float') return after.kind === 'double';
  return (
    before.kind === 'decimal' &&
    after.kind === 'decimal' &&
    before.scale === after.scale &&
    before.precision < after.precision
  );
}
