import { LeanOpsError } from '../errors/error.ts';
import type { Topic } from './model.ts';

/** What a change means for the existing table: nothing, an evolution by field ids, or a rebuild. */
export type ChangeEffect = 'none' | 'evolve' | 'rebuild';

export type ChangeKind =
  | 'added-optional'
  | 'added-required'
  | 'removed'
  | 'widened'
  | 'type'
  | 'path'
  | 'key'
  | 'masking'
  | 'partition'
  | 'rule'
  | 'reading'
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

/** Every difference in meaning between two versions of one topic, in the order of the columns. */
export function classifyChange(_before: Topic, _after: Topic): readonly ContractChange[] {
  throw new LeanOpsError('INTERNAL', { operation: 'comparing contracts', detail: 'not built yet' });
}
