import { loadTable } from '../../iceberg/table.ts';
import { fingerprintFor } from '../../pipeline/batches/next-intent.ts';
import { rawTable, type TopicTables, topicTables } from '../../pipeline/batches/topic-tables.ts';
import { versionOf } from '../../pipeline/contracts/contract-version.ts';
import { BATCH_FORMS } from '../../semantic/batch-form.ts';
import { planOf } from '../../semantic/plan.ts';
import { PLAN_INPUTS } from '../../sql/relation.ts';
import { countRows } from '../engine/count-rows.ts';
import type { Engine } from '../engine/engine.ts';
import { type Session, withSession } from '../engine/session.ts';
import type { ReadablePlace } from '../tables/readable-place.ts';
import { bindMaskingKey } from './bind-masking-key.ts';
import { type Compared, compareDerived, type Difference, isReached } from './compare-derived.ts';
import { deriveAgain } from './derive-again.ts';
import { derivedRows, rawRows } from './input-rows.ts';

/** How a topic's tables compare with what is derived again from all of RAW up to the checkpoint. */
export interface DeepBalance extends Difference {
  readonly topic: string;
  /** partial: what was compared is equal, but not everything could be compared. `reason` says what could not. */
  readonly status: 'equal' | 'different' | 'partial';
  readonly reason: string | null;
}

/** Derives the topic from RAW in memory and compares; writes nothing. null if no batch has run yet. */
export async function deepBalance(
  place: ReadablePlace,
  engine: Engine,
  topic: string,
): Promise<DeepBalance | null> {
  const checkpoint = await place.store.checkpoint(topic);
  const raw = await loadTable(place.files, place.catalog, rawTable(topic));
  const { contractVersion, snapshotId } = checkpoint;
  if (raw === null || contractVersion === null || snapshotId === null) return null;
  const contract = await versionOf(place, topic, contractVersion);
  await fingerprintFor(place, contract.topic, checkpoint.maskingKeyFingerprint);
  const tables = await topicTables(place, contract.topic, BATCH_FORMS.incremental);
  const plan = planOf(contract.topic);
  const { expired } = checkpoint.totals.gone;
  return withSession(engine, async (session) => {
    const range = { startSnapshotId: null, endSnapshotId: snapshotId };
    const relation = await session.view(PLAN_INPUTS.raw.name, (await rawRows(place, raw, range)).select);
    await bindMaskingKey(session, plan.needsMaskingKey ? await place.maskingKey() : null);
    const version = { generation: checkpoint.generation, contractVersion };
    const derived = await deriveAgain(place, session, plan, tables, version);
    const compared = { raw: relation, derived, ...(await bindHeld(place, session, tables)) };
    const difference = await compareDerived(session, plan, contractVersion, compared, expired > 0);
    const reasons = [
      await expiredPart(engine, compared, expired),
      await earlierPart(engine, compared, contractVersion),
    ];
    const reason = reasons.filter((each) => each !== null).join('; ') || null;
    const different = difference.differing > 0 || difference.differingErrors > 0;
    const status = different ? 'different' : reason === null ? 'equal' : 'partial';
    return { topic, status, reason, ...difference };
  });
}

async function bindHeld(
  place: ReadablePlace,
  session: Session,
  { before, semantic, errors }: TopicTables,
): Promise<Pick<Compared, 'held' | 'heldErrors'>> {
  const rows = await derivedRows(place, before.semantic, semantic);
  const findings = await derivedRows(place, before.errors, errors);
  const unstamped = `SELECT * FROM (${findings.select}) WHERE redriven_batch_id IS NULL`;
  return {
    held: await session.view('held_rows', rows.select),
    heldErrors: await session.table('held_errors', unstamped),
  };
}

/** The range that RAW no longer holds, and the rows that came from it; null if nothing has expired. */
async function expiredPart(
  engine: Engine,
  { raw, held, heldErrors }: Compared,
  expired: number,
): Promise<string | null> {
  if (expired === 0) return null;
  const [row] = await engine.rows(`SELECT strftime(min(ingestion_ts), '%Y-%m-%d') AS day FROM ${raw.name}`);
  const range = typeof row?.day === 'string' ? `received before ${row.day}` : 'all that were received';
  const rows = await countRows(
    engine,
    `${held.name} t WHERE NOT ${isReached(raw, 't._message_id', 't._publish_time')}`,
  );
  const findings = await countRows(
    engine,
    `${heldErrors.name} k WHERE NOT ${isReached(raw, 'k.message_id', 'k.publish_time')}`,
  );
  return `${expired} RAW rows have expired (${range}); ${rows} rows and ${findings} rejected rows came from them and are not compared`;
}

/** What earlier contract versions left in the tables; null if there is nothing. */
async function earlierPart(
  engine: Engine,
  { held, heldErrors }: Compared,
  version: number,
): Promise<string | null> {
  const rows = await countRows(engine, `${held.name} WHERE _contract_version <> ${version}`);
  const findings = await countRows(engine, `${heldErrors.name} WHERE contract_version <> ${version}`);
  if (rows + findings === 0) return null;
  return `${rows} rows and ${findings} rejected rows come from earlier contract versions and are not compared`;
}
