import type { Table } from '../../iceberg/table.ts';
import type { PlannedBatch } from '../../pipeline/batches/next-intent.ts';
import type { TopicTables } from '../../pipeline/batches/topic-tables.ts';
import { carriesRows, unreachableRows } from '../../pipeline/batches/unreachable-rows.ts';
import { formOf } from '../../semantic/batch-form.ts';
import type { Plan } from '../../semantic/plan.ts';
import { batchInfoSql } from '../../sql/batch-info.ts';
import { DUCKDB } from '../../sql/duckdb.ts';
import { PLAN_INPUTS, type Relation } from '../../sql/relation.ts';
import type { Session } from '../engine/session.ts';
import type { ReadablePlace } from '../tables/readable-place.ts';
import { bindMaskingKey } from './bind-masking-key.ts';
import { derivedRows, type InputRows, rawRows } from './input-rows.ts';

/** All of RAW, in a batch that processes only some of its rows. */
const ALL_RAW = 'all_raw';

/** What a batch reads, bound in its session. */
export interface BoundBatch {
  /** RAW's rows: the plan's input `raw_batch`, or what a redrive chooses that input from. */
  readonly raw: Relation;
  readonly rawFiles: InputRows['files'];
  /** The semantic table's live files, which updates may hit. Empty if the batch starts from an empty table. */
  readonly targetFiles: InputRows['files'];
  /** The errors table's live files, in which a redrive stamps rows. */
  readonly errorFiles: InputRows['files'];
  /** The batch carries over rows of the semantic table whose messages are no longer in RAW: they are `target`. */
  readonly carries: boolean;
}

/** Binds the inputs of a batch's plan. A batch that processes rejected rows binds `raw_batch` itself (choose-redrive.ts). */
export async function bindBatch(
  place: ReadablePlace,
  session: Session,
  { intent, contract }: PlannedBatch,
  plan: Plan,
  raw: Table,
  tables: TopicTables,
): Promise<BoundBatch> {
  const form = formOf(intent);
  const read = await rawRows(place, raw, intent);
  const rawName = form.takes === 'rejected-rows' ? ALL_RAW : PLAN_INPUTS.raw.name;
  const relation = await session.view(rawName, read.select);
  const target = await bindTarget(place, session, { intent, contract }, tables);
  const knownErrors = form.startsFrom === 'empty' ? null : tables.before.errors;
  const errors = await derivedRows(place, knownErrors, tables.errors);
  await session.view(PLAN_INPUTS.knownErrors.name, errors.select);
  await session.table(PLAN_INPUTS.batchInfo.name, batchInfoSql(intent, DUCKDB));
  await bindMaskingKey(session, plan.needsMaskingKey ? await place.maskingKey() : null);
  return { raw: relation, rawFiles: read.files, errorFiles: errors.files, ...target };
}

/**
 * A rebuild starts from an empty table. If RAW rows have expired, it starts from the rows of the old table that can no
 * longer be derived from RAW. Without --keep-unreachable, such a rebuild is refused before this point.
 */
async function bindTarget(
  place: ReadablePlace,
  session: Session,
  { intent, contract }: PlannedBatch,
  { before, semantic }: TopicTables,
): Promise<Pick<BoundBatch, 'targetFiles' | 'carries'>> {
  const checkpoint = await place.store.checkpoint(intent.topic);
  const { name } = PLAN_INPUTS.target;
  if (carriesRows(intent, checkpoint)) {
    const { select } = await derivedRows(place, before.semantic, semantic);
    const { maskingKeyFingerprint: fingerprint } = intent;
    const rows = `(${select})`;
    const kept = await unreachableRows(place, checkpoint, contract.topic, fingerprint, rows, DUCKDB);
    await session.table(name, kept);
    return { targetFiles: [], carries: true };
  }
  const now = formOf(intent).startsFrom === 'empty' ? null : before.semantic;
  const { select, files } = await derivedRows(place, now, semantic);
  await session.view(name, select);
  return { targetFiles: files, carries: false };
}
