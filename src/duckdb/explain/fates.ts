import { EARLIER } from './history.ts';

/** One RAW row as far as its fate depends on it. */
export interface ExplainedRow {
  readonly rid: bigint;
  /** Place of its batch in the generation, from 0, or EARLIER; null: not processed yet. */
  readonly batch: number | null;
  readonly messageId: string;
  /** Equal for exact copies: id, time and payload. */
  readonly identity: string;
  /** The business key; rows of one key are versions of one another. */
  readonly key: string;
  /** Order among all rows given by time, id and columns; equal where all are equal. */
  readonly rank: number;
  /** What is wrong with a rejected row; null for a valid one. */
  readonly finding: { readonly id: string; readonly codes: string; readonly paths: string } | null;
}

/** processed: it took part, but which batch it was in is no longer known, and so whether it was ever in the table. */
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
  /** The row that this one was a copy of, lost to, or was found wrong with; null where none is involved. */
  readonly because: ExplainedRow | null;
}

/**
 * The fate of every row, told again from the rules of DESIGN 6. The rows must hold all versions of their keys and all
 * copies of their messages; the order given is the order inside a batch.
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

/** Batches that are taken together decide alike which version is newest, and nothing else is known of them. */
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
