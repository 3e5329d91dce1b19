import { invariant } from '../../errors/error.ts';
import { versionOf } from '../../pipeline/contracts/contract-version.ts';
import type { Engine, EngineRow } from '../engine/engine.ts';
import { withSession } from '../engine/session.ts';
import type { ReadablePlace } from '../tables/readable-place.ts';
import { type ExplainedRow, fatesOf, type RowFate } from './fates.ts';
import { batchedRaw } from './history.ts';
import { messageKey, rejectionsOf, withRejections } from './rejections.ts';
import { type Question, relevantRows } from './relevant-rows.ts';

/** One arrival of a message in RAW, and its fate. */
export interface ExplainedReception {
  readonly topic: string;
  readonly messageId: string;
  /** As the semantic table shows it. */
  readonly key: string;
  readonly publishTime: bigint;
  readonly ingestionTs: bigint;
  /** The reception id. */
  readonly source: string;
  readonly fate: RowFate;
  /** null while it waits for its batch. */
  readonly batchId: string | null;
  /** Codes and paths of a rejected row. */
  readonly codes: string | null;
  readonly paths: string | null;
  /** The reception that this one is a copy of, or that replaced it. */
  readonly because: { readonly source: string; readonly messageId: string } | null;
}

/**
 * The fate of every reception that the question is about, of a message or of a key, in the order of the versions. Empty
 * if RAW holds none: a message that never entered RAW is a dead letter. Throws MASKING_KEY_MISSING.
 */
export async function explainTopic(
  place: ReadablePlace,
  engine: Engine,
  topic: string,
  question: Question,
): Promise<readonly ExplainedReception[]> {
  // First what costs little: files of RAW may have to be copied from S3.
  const key = await place.maskingKey();
  const raw = await batchedRaw(place, topic);
  const latest = await place.store.latestContract(topic);
  if (raw === null || latest === null) return [];
  const { contractVersion } = await place.store.checkpoint(topic);
  const contract = await versionOf(place, topic, contractVersion ?? latest.version);
  const { found, rejections } = await withSession(engine, async (session) => {
    const { picked, rows } = await relevantRows(session, raw.relation, contract, key, question);
    return { found: rows, rejections: await rejectionsOf(place, session, topic, picked) };
  });
  const rows = found.map((row) => {
    const own = rejections.get(messageKey(row.message_id, row.publish_time)) ?? [];
    return withRejections(explainedRow(row, raw.batchOfFile), own, contract.version, raw.batchIds);
  });
  const verdicts = fatesOf(rows);
  const sources = new Map(found.map((row, at) => [rows[at]?.rid, String(row.source)]));
  const receptions = rows.map((row, at) => {
    const verdict = verdicts.get(row.rid);
    const own = found[at];
    invariant(verdict !== undefined && own !== undefined, 'every row has a fate');
    const { because } = verdict;
    return {
      topic,
      messageId: row.messageId,
      key: row.key,
      publishTime: own.publish_time as bigint,
      ingestionTs: own.ingestion_ts as bigint,
      source: String(own.source),
      fate: verdict.fate,
      batchId: row.batch === null ? null : (raw.batchIds[row.batch] ?? null),
      codes: row.finding?.codes ?? null,
      paths: row.finding?.paths ?? null,
      because:
        because === null ? null : { source: sources.get(because.rid) ?? '', messageId: because.messageId },
      rank: row.rank,
    };
  });
  return receptions
    .filter(({ messageId }) => question.kind === 'key' || messageId === question.text)
    .sort((a, b) => a.rank - b.rank)
    .map(({ rank: _rank, ...reception }) => reception);
}

/** The upper half of a row's number is the number of its file (table-relation.ts). */
const FILE_BITS = 32n;

function explainedRow(row: EngineRow, batchOfFile: readonly (number | null)[]): ExplainedRow {
  const rid = row._rid as bigint;
  const text = (name: string): string => String(row[name]);
  return {
    rid,
    batch: batchOfFile[Number(rid >> FILE_BITS)] ?? null,
    messageId: text('message_id'),
    identity: JSON.stringify([text('message_id'), text('publish_time'), text('payload')]),
    key: text('_key'),
    rank: Number(row._rank),
    finding:
      row.error_id === null ? null : { id: text('error_id'), codes: text('codes'), paths: text('paths') },
  };
}
