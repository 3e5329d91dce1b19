import type { BatchKind } from './intent.ts';

/** The properties of a kind of batch, as data. Code asks for a property of the form instead of comparing the kind. */
export interface BatchForm {
  /** The RAW rows that it reads: those appended behind the checkpoint, or all up to its end snapshot. */
  readonly reads: 'appended' | 'all';
  /** Which of those rows it processes: every row, or the rows of rejected findings that its selection names. */
  readonly takes: 'every-row' | 'rejected-rows';
  /**
   * The semantic and errors tables that it starts from: the current ones, or empty ones. From empty tables the batch
   * derives the next generation, and carries over rows whose RAW rows have expired.
   */
  readonly startsFrom: 'current' | 'empty';
  /** A person asked for it: it runs although the topic is halted, and it is not judged by the budget. */
  readonly isRequested: boolean;
  /** It may replace an unfinished batch; other kinds wait until that is finished. */
  readonly supersedes: boolean;
  /** Its rows are compared with the contract for drift. Rows that an earlier batch compared are not compared again. */
  readonly findsDrift: boolean;
  /** Its commit to the semantic table: changed rows only, or the whole table. */
  readonly rowsCommit: 'row-delta' | 'replace';
  /** Its commit to the errors table: new findings, stamps on earlier ones and new findings, or the whole table. */
  readonly errorsCommit: 'append' | 'stamp' | 'replace';
  /**
   * What its completion ends. `acceptance`: a person allowed one batch to exceed its budget, and this was the batch.
   * `halt`: also a halt of semantic work, because the batch processed the rows of the stopped batch.
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
