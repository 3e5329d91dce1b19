import type { Micros } from '../../base/time.ts';
import { currentSchema, currentSnapshot } from '../../iceberg/metadata.ts';
import { planScan } from '../../iceberg/scan.ts';
import { loadTable } from '../../iceberg/table.ts';
import { derivedTable } from '../../pipeline/batches/topic-tables.ts';
import { type ContractVersion, versionOf } from '../../pipeline/contracts/contract-version.ts';
import type { MaskingKey } from '../../pipeline/masking-key.ts';
import { type Plan, planOf } from '../../semantic/plan.ts';
import { DUCKDB } from '../../sql/duckdb.ts';
import type { Engine } from '../engine/engine.ts';
import { withSession } from '../engine/session.ts';
import { type ReadablePlace, readableRelation } from '../tables/readable-place.ts';
import { hmac, isHashed, JOINT, keyParts } from './asked-key.ts';
import { bindAsked, type Question } from './relevant-rows.ts';

/** What a topic still holds about a question after RAW rows expired, which may have been the answer. */
export interface ExpiredRaw {
  readonly topic: string;
  readonly rawRows: number;
  /** Rows of the semantic table that the question is about. */
  readonly standing: readonly StandingRow[];
}

export interface StandingRow {
  readonly messageId: string;
  /** As the table shows it. */
  readonly key: string;
  readonly publishTime: Micros;
  /** The batch that wrote it. */
  readonly batchId: string;
}

/** null if RAW still has every row of the topic. */
export async function expiredRaw(
  place: ReadablePlace,
  engine: () => Promise<Engine>,
  topic: string,
  question: Question,
): Promise<ExpiredRaw | null> {
  const { totals, contractVersion } = await place.store.checkpoint(topic);
  const rawRows = totals.gone.expired;
  if (rawRows === 0 || contractVersion === null) return null;
  const contract = await versionOf(place, topic, contractVersion);
  return { topic, rawRows, standing: await standingRows(place, await engine(), contract, question) };
}

async function standingRows(
  place: ReadablePlace,
  engine: Engine,
  { topic }: ContractVersion,
  question: Question,
): Promise<readonly StandingRow[]> {
  const table = await loadTable(place.files, place.catalog, derivedTable(topic.topic));
  if (table === null) return [];
  const plan = planOf(topic);
  const files = await planScan(place.files, table.metadata, currentSnapshot(table.metadata));
  const relation = await readableRelation(place, currentSchema(table.metadata), files, { positions: false });
  const columns = plan.key.map((name) => `${DUCKDB.identifier(name)}::VARCHAR`);
  const isKey = question.kind === 'key';
  const texts = isKey ? keyTexts(plan, question.text, await place.maskingKey()) : [question.text];
  const rows = await withSession(engine, async (session) => {
    const asked = await bindAsked(session, texts);
    return engine.rows(
      `SELECT * FROM (SELECT _message_id, _publish_time, _batch_id, concat_ws(' | ', ${columns.join(', ')}) AS key FROM (${relation})) WHERE ${isKey ? 'key' : '_message_id'} IN (FROM ${asked.name}) ORDER BY key`,
    );
  });
  return rows.map((row) => ({
    messageId: String(row._message_id),
    key: String(row.key),
    publishTime: row._publish_time as bigint,
    batchId: String(row._batch_id),
  }));
}

/** The key as it was given, and as the table shows it. */
function keyTexts(plan: Plan, text: string, masking: MaskingKey | null): readonly string[] {
  const parts = keyParts(plan, text);
  const shown = parts.map((part, at) =>
    masking !== null && isHashed(plan, plan.key[at] ?? '') ? hmac(masking, part) : part,
  );
  return [parts, shown].map((form) => form.join(JOINT));
}
