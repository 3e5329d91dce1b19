import { type ChangeKind, type ContractChange, classifyChange } from './change.ts';
import type { Compatibility, Topic } from './model.ts';

/**
 * backward: the new contract accepts the messages of producers that follow the old one.
 * forward: readers of the table that follow the old contract can read what the new one writes.
 */
export type Direction = 'backward' | 'forward';

/** Whether one kind of change keeps one direction. */
export interface CompatibilityCell {
  readonly keeps: boolean;
  /** One sentence for people. */
  readonly why: string;
}

const keeps = (why: string): CompatibilityCell => ({ keeps: true, why });
const breaks = (why: string): CompatibilityCell => ({ keeps: false, why });

const UNTOUCHED = 'The same messages are accepted.';
const UNSEEN = 'The table shows the same kinds of values in the same columns.';

/** What each kind of change does to each direction. Checks and docs/compatibility.md read this table. */
export const COMPATIBILITY_CELLS: Readonly<
  Record<ChangeKind, Readonly<Record<Direction, CompatibilityCell>>>
> = {
  'added-optional': {
    backward: keeps('Old messages lack the value, which may be absent.'),
    forward: keeps('Readers that do not know the column ignore it.'),
  },
  'added-required': {
    backward: breaks('Old messages lack the value and would be rejected.'),
    forward: keeps('Readers that do not know the column ignore it.'),
  },
  removed: {
    backward: keeps('Values that old messages still send are ignored and reported as drift.'),
    forward: keeps('The table keeps the column, which could be NULL before.'),
  },
  'removed-required': {
    backward: keeps('Values that old messages still send are ignored and reported as drift.'),
    forward: breaks('The column is NULL in later rows, and its readers could rely on a value.'),
  },
  widened: {
    backward: keeps('The wider type can store every value of the narrower one.'),
    forward: breaks('Later rows may contain values that do not fit the narrower type.'),
  },
  type: {
    backward: breaks('Values of the old type do not pass as the new one, or they mean something else.'),
    forward: breaks('A reader of the old type cannot read the new one.'),
  },
  path: {
    backward: breaks('Old messages have the value at another path.'),
    forward: breaks('The column shows another value than its readers know.'),
  },
  key: {
    backward: breaks('Old messages may lack a part of the key, and others may become one row.'),
    forward: breaks('A row no longer means what its readers expect.'),
  },
  masking: {
    backward: keeps(UNTOUCHED),
    forward: breaks('The column shows another form of the value than its readers know.'),
  },
  partition: { backward: keeps(UNTOUCHED), forward: keeps('Iceberg hides the partitioning from readers.') },
  'rule-stricter': {
    backward: breaks('Messages that passed before may be rejected, or may lose the value.'),
    forward: keeps('Every value that passes now would have passed before.'),
  },
  'rule-looser': {
    backward: keeps('Every value that passed before passes now.'),
    forward: breaks('Later rows may show values, or NULL, that the old rules kept out.'),
  },
  'rule-other': {
    backward: breaks('Messages that passed before may be rejected, or may lose the value.'),
    forward: breaks('Later rows may show values that the old rules kept out.'),
  },
  'rule-same': { backward: keeps(UNTOUCHED), forward: keeps(UNSEEN) },
  'takes-more': { backward: keeps('Every value that passed before passes now.'), forward: keeps(UNSEEN) },
  reading: {
    backward: breaks('The times in old messages would be read wrongly or not at all.'),
    forward: keeps(UNSEEN),
  },
  order: { backward: keeps(UNTOUCHED), forward: keeps('Readers find columns by name or id.') },
  intake: {
    backward: breaks('Old messages may lack what ingest now looks for, and become dead letters.'),
    forward: keeps(UNSEEN),
  },
  operation: { backward: keeps(UNTOUCHED), forward: keeps(UNSEEN) },
  description: { backward: keeps(UNTOUCHED), forward: keeps(UNSEEN) },
};

export interface CompatibilityRule {
  readonly directions: readonly Direction[];
  /** The registered versions that the new contract is compared with. */
  readonly against: 'latest' | 'all';
}

/** What each mode asks for. */
export const COMPATIBILITY_RULES: Readonly<Record<Compatibility, CompatibilityRule>> = {
  NONE: { directions: [], against: 'latest' },
  BACKWARD: { directions: ['backward'], against: 'latest' },
  BACKWARD_ALL: { directions: ['backward'], against: 'all' },
  FORWARD: { directions: ['forward'], against: 'latest' },
  FORWARD_ALL: { directions: ['forward'], against: 'all' },
  FULL: { directions: ['backward', 'forward'], against: 'latest' },
  FULL_ALL: { directions: ['backward', 'forward'], against: 'all' },
};

/** One change that is not compatible with one registered version. */
export interface Incompatibility {
  /** The registered version, from 1. */
  readonly version: number;
  readonly direction: Direction;
  readonly change: ContractChange;
  /** Why the change breaks that direction, in one sentence. */
  readonly why: string;
}

/**
 * The changes that are not compatible with the registered versions under the mode, by version. `history` holds every
 * version from 1 on. An empty history makes everything compatible.
 */
export function checkCompatibility(
  mode: Compatibility,
  history: readonly Topic[],
  next: Topic,
): readonly Incompatibility[] {
  const { directions, against } = COMPATIBILITY_RULES[mode];
  return history.flatMap((before, index) => {
    if (against === 'latest' && index < history.length - 1) return [];
    return classifyChange(before, next).flatMap((change) =>
      directions.flatMap((direction) => {
        const cell = COMPATIBILITY_CELLS[change.kind][direction];
        return cell.keeps ? [] : [{ version: index + 1, direction, change, why: cell.why }];
      }),
    );
  });
}
