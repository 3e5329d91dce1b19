import type { BatchKind } from './intent.ts';

/** What a kind of batch is, as data. Code asks for a property of the form and never compares the kind. */
export interface BatchForm {
  /** The RAW rows that it reads: those appended behind the checkpoint, or all up to its end snapshot. */
  readonly reads: 'appended' | 'all';
  /** The rows of those that it takes: every row, or the rows of rejected findings that its selection names. */
  readonly takes: 'every-row' | 'rejected-rows';
  /**
   * The semantic and errors tables that it starts from: as they stand, or empty. From empty tables the batch derives
   * the next generation, and takes over rows whose RAW rows have expired.
   */
  readonly startsFrom: 'current' | 'empty';
  /** A person asked for it: it runs although the topic is halted, and it is not judged by the budget. */
  readonly isRequested: boolean;
  /** It may replace an unfinished batch; other kinds wait until that is finished. */
  readonly supersedes: boolean;
  /** Its rows are compared with the contract for drift. Rows that were compared when they first came are not again. */
  readonly findsDrift: boolean;
  /** Its commit to the semantic table: changed rows only, or the whole table. */
  readonly rowsCommit: 'row-delta' | 'replace';
  /** Its commit to the errors table: new findings, stamps on earlier ones and new findings, or the whole table. */
  readonly errorsCommit: 'append' | 'stamp' | 'replace';
  /**
   * What its completion settles. `acceptance`: a person let one batch pass its budget, and this was the batch.
   * `halt`: that, and a halt of semantic work, because the batch took in whatever was held.
   */
  readonly settles: 'nothing' | 'acceptance' | 'halt';
}

export const BATCH_FORMS: Readonly<Record<BatchKind, BatchForm>> = Object.freeze({
  incremental: Object.freeze({
    reads: 'appended',
    takes: 'every-row',
    startsFrom: 'current',
    isRequested: false,
    supersedes: false,
    findsDrift: true,
    rowsCommit: 'row-delta',
    errorsCommit: 'append',
    settles: 'acceptance',
  }),
  rebuild: Object.freeze({
    reads: 'all',
    takes: 'every-row',
    startsFrom: 'empty',
    isRequested: true,
    supersedes: true,
    findsDrift: true,
    rowsCommit: 'replace',
    errorsCommit: 'replace',
    settles: 'halt',
  }),
  redrive: Object.freeze({
    reads: 'all',
    takes: 'rejected-rows',
    startsFrom: 'current',
    isRequested: true,
    supersedes: false,
    findsDrift: false,
    rowsCommit: 'row-delta',
    errorsCommit: 'stamp',
    settles: 'nothing',
  }),
});

/** Every kind of batch. */
export const BATCH_KINDS = Object.keys(BATCH_FORMS) as readonly BatchKind[];

/** The form of an intent's batch. */
export function formOf({ kind }: { readonly kind: BatchKind }): BatchForm {
  return BATCH_FORMS[kind];
}
