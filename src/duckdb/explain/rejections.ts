import type { Relation } from '../../sql/relation.ts';
import { bindErrors } from '../batch/bind-errors.ts';
import type { Session } from '../engine/session.ts';
import type { ReadablePlace } from '../tables/readable-place.ts';
import type { ExplainedRow } from './fates.ts';
import { EARLIER } from './history.ts';

/** A row of the errors table: it can differ from what the current contract finds about the message. */
export interface Rejection {
  readonly finding: { readonly id: string; readonly codes: string; readonly paths: string };
  readonly contractVersion: number;
  /** The batch that rejected the message. */
  readonly batchId: string;
  /** The batch that processed it again; null: it is still rejected. */
  readonly redrivenBatchId: string | null;
}

/** What the errors table holds about the messages of the `picked` RAW rows, by `messageKey`. */
export async function rejectionsOf(
  place: ReadablePlace,
  session: Session,
  topic: string,
  picked: Relation,
): Promise<ReadonlyMap<string, readonly Rejection[]>> {
  const errors = await bindErrors(place, session, topic);
  if (errors === null) return new Map();
  const rows = await session.engine.rows(
    `SELECT * FROM ${errors.name} e WHERE EXISTS (SELECT 1 FROM ${picked.name} p WHERE p.message_id = e.message_id AND p.publish_time = e.publish_time)`,
  );
  const found = rows.map((row) => ({
    message: messageKey(row.message_id, row.publish_time),
    finding: { id: String(row.error_id), codes: String(row.codes), paths: String(row.paths) },
    contractVersion: Number(row.contract_version),
    batchId: String(row.batch_id),
    redrivenBatchId: row.redriven_batch_id === null ? null : String(row.redriven_batch_id),
  }));
  return Map.groupBy(found, ({ message }) => message);
}

/** One text for a message id and a publish time. */
export function messageKey(messageId: unknown, publishTime: unknown): string {
  return `${String(publishTime)} ${String(messageId)}`;
}

/**
 * The row as earlier contract versions decided: it stays rejected until a redrive processes it, and then it belongs to
 * that redrive and not to the batch that rejected it. Copies that came after that batch have fates of their own.
 */
export function withRejections(
  row: ExplainedRow,
  rejections: readonly Rejection[],
  version: number,
  batchIds: readonly string[],
): ExplainedRow {
  const place = (batchId: string): number => Math.max(batchIds.indexOf(batchId), EARLIER);
  const own = rejections.filter(({ batchId }) => row.batch !== null && row.batch <= place(batchId));
  const open = own.find(
    ({ redrivenBatchId, contractVersion }) => redrivenBatchId === null && contractVersion < version,
  );
  if (open !== undefined && row.finding === null) return { ...row, finding: open.finding };
  const redriven = own.flatMap(({ redrivenBatchId }) =>
    redrivenBatchId === null ? [] : [place(redrivenBatchId)],
  );
  return redriven.length === 0 ? row : { ...row, batch: Math.max(...redriven) };
}
