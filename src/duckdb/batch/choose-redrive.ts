import { invariant } from '../../errors/error.ts';
import { versionOf } from '../../pipeline/contracts/contract-version.ts';
import type { Place } from '../../pipeline/place.ts';
import type { Intent } from '../../semantic/intent.ts';
import { planOf } from '../../semantic/plan.ts';
import { DUCKDB } from '../../sql/duckdb.ts';
import {
  CHOSEN_ERRORS,
  choosingSteps,
  judgingSteps,
  REDRIVEN_ERRORS,
  takingSteps,
} from '../../sql/redrive.ts';
import type { Relation } from '../../sql/relation.ts';
import { countRows } from '../engine/count-rows.ts';
import { type Session, withSession } from '../engine/session.ts';
import { runSteps } from './run-steps.ts';

/** What a redrive found, in rows of the errors table. */
export interface RedriveChoice {
  readonly chosen: number;
  /** Of those, findings whose RAW rows are there to be taken again. */
  readonly redriven: number;
}

/**
 * Binds `raw_batch` to the RAW rows that a redrive takes again, and `redriven` to their rows of the errors table with
 * `_file` and `_pos`. Reads `raw` (all of RAW), `known_errors` and `masking_key`.
 */
export async function chooseRedrive(
  place: Place,
  session: Session,
  raw: Relation,
  intent: Intent,
): Promise<RedriveChoice> {
  const { selection, contractVersion } = intent;
  invariant(selection !== null, 'a redrive has a selection');
  await runSteps(session, choosingSteps(selection, contractVersion, raw, DUCKDB));
  const versions = await session.engine.rows(
    `SELECT DISTINCT contract_version AS version FROM ${CHOSEN_ERRORS.name} ORDER BY version`,
  );
  const judged: Relation[] = [];
  for (const { version } of versions) judged.push(await judge(place, session, intent.topic, Number(version)));
  await runSteps(session, takingSteps(judged, DUCKDB));
  const { engine } = session;
  return {
    chosen: await countRows(engine, CHOSEN_ERRORS.name),
    redriven: await countRows(engine, REDRIVEN_ERRORS.name),
  };
}

/** Judges the candidates by a version that rejected some of them; gives those that belong to its findings. */
function judge(place: Place, session: Session, topic: string, version: number): Promise<Relation> {
  return withSession(session.engine, async (inner) => {
    const contract = await versionOf(place, topic, version);
    const { steps, belonging } = judgingSteps(planOf(contract.topic), version, DUCKDB);
    await runSteps(inner, steps);
    return session.table(belonging.name, belonging.sql);
  });
}
