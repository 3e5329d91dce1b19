import { EARLIER } from './history.ts';

/** What the fate of one RAW row depends on. */
export interface ExplainedRow {
  readonly rid: bigint;
  /** Number of its batch in the generation, from 0, or EARLIER; null: not processed yet. */
  readonly batch: number | null;
  readonly messageId: string;
  /** Equal for exact copies: id, time and payload. */
  readonly identity: string;
  /** The business key; rows of one key are versions of one another. */
  readonly key: string;
  /** Order among all rows by time, id and columns. Rows that are equal in all of them have the same rank. */
  readonly rank: number;
  /** What is wrong with a rejected row; null for a valid one. */
  readonly finding: { readonly id: string; readonly codes: string; readonly paths: string } | null;
}

/** processed: a batch processed the row, but it is no longer known which one, and so whether the row was ever in the table. */
export type RowFate =
  | 'inserted'
  | 'updated'
  | 'duplicate'
  | 'superseded'
  | 'stale'
  | 'rejected'
  | 'processed'
  | 'backlog';

export interface RowVerdict {
  readonly fate: RowFate;
  /** The row that this one is a copy of, that replaced it, or that has the same finding; null if there is none. */
  readonly because: ExplainedRow | null;
}

/**
 * Derives the fate of every row again from the rules of the semantic job, by `rid`. The rows must hold all versions of
 * their keys and all copies of their messages, in the order that they have in a batch.
 */
export function fatesOf(rows: readonly ExplainedRow[]): ReadonlyMap<bigint, RowVerdict> {
  const verdicts = new Map<bigint, RowVerdict>();
  const table = new Map<string, ExplainedRow>();
  const findings = new Map<string, ExplainedRow>();
  for (const [batch, members] of byBatch(rows)) {
    if (batch === null) for (const row of members) verdicts.set(row.rid, { fate: 'backlog', because: null });
    else settleBatch(members, table, findings, verdicts);
    if (batch === EARLIER) settleTogether(members, verdicts);
  }
  return verdicts;
}

/** Batches that are no longer known apart still decide together which version is newest; nothing else is known. */
function settleTogether(rows: readonly ExplainedRow[], verdicts: Map<bigint, RowVerdict>): void {
  for (const { rid } of rows) {
    const verdict = verdicts.get(rid);
    if (verdict?.fate !== 'inserted' && verdict?.fate !== 'superseded') continue;
    verdicts.set(rid, { fate: 'processed', because: verdict.because });
  }
}

function byBatch(
  rows: readonly ExplainedRow[],
): readonly (readonly [number | null, readonly ExplainedRow[]])[] {
  const groups = Map.groupBy(rows, ({ batch }) => batch);
  return [...groups].sort(([a], [b]) => (a ?? Number.POSITIVE_INFINITY) - (b ?? Number.POSITIVE_INFINITY));
}

function settleBatch(
  rows: readonly ExplainedRow[],
  table: Map<string, ExplainedRow>,
  findings: Map<string, ExplainedRow>,
  verdicts: Map<bigint, RowVerdict>,
): void {
  const distinct = [...Map.groupBy(rows, ({ identity }) => identity).values()].flatMap(
    ([first, ...copies]) => {
      for (const copy of copies) verdicts.set(copy.rid, { fate: 'duplicate', because: first ?? null });
      return first ?? [];
    },
  );
  for (const row of distinct.filter(({ finding }) => finding !== null)) {
    const known = findings.get(row.finding?.id ?? '');
    verdicts.set(row.rid, { fate: known === undefined ? 'rejected' : 'duplicate', because: known ?? null });
    if (known === undefined) findings.set(row.finding?.id ?? '', row);
  }
  const valid = distinct.filter(({ finding }) => finding === null);
  for (const versions of Map.groupBy(valid, ({ key }) => key).values()) {
    const winner = versions.reduce((best, row) => (row.rank > best.rank ? row : best));
    for (const row of versions)
      if (row !== winner) verdicts.set(row.rid, { fate: 'superseded', because: winner });
    verdicts.set(winner.rid, settle(winner, table));
  }
}

function settle(winner: ExplainedRow, table: Map<string, ExplainedRow>): RowVerdict {
  const existing = table.get(winner.key) ?? null;
  if (existing !== null && winner.rank <= existing.rank) {
    return { fate: winner.rank === existing.rank ? 'duplicate' : 'stale', because: existing };
  }
  table.set(winner.key, winner);
  return { fate: existing === null ? 'inserted' : 'updated', because: existing };
}
