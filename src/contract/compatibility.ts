import { type ChangeKind, type ContractChange, classifyChange } from './change.ts';
import type { Compatibility, Topic } from './model.ts';

/**
 * backward: the new contract takes the messages of producers that follow the old one.
 * forward: whoever reads the table by the old contract can read what the new one puts into it.
 */
export type Direction = 'backward' | 'forward';

/** One cell of rule × change. */
export interface CompatibilityCell {
  readonly keeps: boolean;
  /** One sentence for people. */
  readonly why: string;
}

const keeps = (why: string): CompatibilityCell => ({ keeps: true, why });
const breaks = (why: string): CompatibilityCell => ({ keeps: false, why });

const UNTOUCHED = 'The same messages are taken.';
const UNSEEN = 'The table shows the same kinds of values in the same columns.';

/** What each kind of change does to either side: the one table that checks and docs read. */
export const COMPATIBILITY_CELLS: Readonly<
  Record<ChangeKind, Readonly<Record<Direction, CompatibilityCell>>>
> = {
  'added-optional': {
    backward: keeps('Old messages lack the value, and it may be absent.'),
    forward: keeps('A reader that does not know the column is not disturbed by it.'),
  },
  'added-required': {
    backward: breaks('Old messages lack the value and would be rejected.'),
    forward: keeps('A reader that does not know the column is not disturbed by it.'),
  },
  removed: {
    backward: keeps('What old messages still send is ignored, and reported as drift.'),
    forward: keeps('The table keeps the column; it could be NULL before.'),
  },
  'removed-required': {
    backward: keeps('What old messages still send is ignored, and reported as drift.'),
    forward: breaks('The column is NULL in rows to come; its readers could count on a value.'),
  },
  widened: {
    backward: keeps('The wider type holds every value of the narrower one.'),
    forward: breaks('Rows to come may hold values that a reader of the narrower type cannot.'),
  },
  type: {
    backward: breaks('Values of the old type do not pass as the new one, or mean something else.'),
    forward: breaks('A reader of the old type cannot read the new one.'),
  },
  path: {
    backward: breaks('Old messages have the value elsewhere.'),
    forward: breaks('The column shows another value than the one that its readers know.'),
  },
  key: {
    backward: breaks('Old messages may lack a part of the key, and others fall together as one row.'),
    forward: breaks('A row stands for something else than its readers think.'),
  },
  masking: {
    backward: keeps(UNTOUCHED),
    forward: breaks('The column shows another form of the value than the one that its readers know.'),
  },
  partition: { backward: keeps(UNTOUCHED), forward: keeps('Iceberg hides the partitioning from readers.') },
  'rule-stricter': {
    backward: breaks('Messages that passed before may be rejected, or lose the value.'),
    forward: keeps('What passes now would have passed before.'),
  },
  'rule-looser': {
    backward: keeps('What passed before passes now.'),
    forward: breaks('Rows to come may show values, or NULL, that the old rules kept out.'),
  },
  'rule-other': {
    backward: breaks('Messages that passed before may be rejected, or lose the value.'),
    forward: breaks('Rows to come may show values that the old rules kept out.'),
  },
  'rule-same': { backward: keeps(UNTOUCHED), forward: keeps(UNSEEN) },
  'takes-more': { backward: keeps('What passed before passes now.'), forward: keeps(UNSEEN) },
  reading: {
    backward: breaks('The times in old messages would be read wrongly, or not at all.'),
    forward: keeps(UNSEEN),
  },
  order: { backward: keeps(UNTOUCHED), forward: keeps('Readers find columns by name or id.') },
  intake: {
    backward: breaks('Old messages may lack what is looked for now, and become dead letters.'),
    forward: keeps(UNSEEN),
  },
  operation: { backward: keeps(UNTOUCHED), forward: keeps(UNSEEN) },
  description: { backward: keeps(UNTOUCHED), forward: keeps(UNSEEN) },
};

export interface CompatibilityRule {
  readonly directions: readonly Direction[];
  /** Which registered versions the new contract is held against. */
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

/** One change that one registered version does not allow. */
export interface Incompatibility {
  /** The registered version it is held against, from 1. */
  readonly version: number;
  readonly direction: Direction;
  readonly change: ContractChange;
  /** Why the change breaks that direction, in one sentence. */
  readonly why: string;
}

/**
 * What keeps a contract from following its registered versions under the mode, by version; empty where nothing
 * does. `history` is every version from 1 on; without one everything is compatible.
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
