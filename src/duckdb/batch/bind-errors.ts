import { currentSchema, currentSnapshot } from '../../iceberg/metadata.ts';
import { planScan } from '../../iceberg/scan.ts';
import { loadTable } from '../../iceberg/table.ts';
import { derivedTable } from '../../pipeline/batches/topic-tables.ts';
import { errorsTableName } from '../../semantic/tables.ts';
import { PLAN_INPUTS, type Relation } from '../../sql/relation.ts';
import type { Session } from '../engine/session.ts';
import { type ReadablePlace, readableRelation } from '../tables/readable-place.ts';

/** Binds `known_errors` to the topic's errors table; null if the topic has none yet. */
export async function bindErrors(
  place: ReadablePlace,
  session: Session,
  topic: string,
): Promise<Relation | null> {
  const errors = await loadTable(place.files, place.catalog, derivedTable(errorsTableName(topic)));
  if (errors === null) return null;
  const { metadata } = errors;
  const files = await planScan(place.files, metadata, currentSnapshot(metadata));
  const relation = await readableRelation(place, currentSchema(metadata), files, { positions: true });
  return session.view(PLAN_INPUTS.knownErrors.name, relation);
}
