import { invariant } from '../../errors/error.ts';
import { versionOf } from '../../pipeline/contracts/contract-version.ts';
import type { Place } from '../../pipeline/place.ts';
import type { Intent } from '../../semantic/intent.ts';
import { planOf } from '../../semantic/plan.ts';
import { DUCKDB } from '../../sql/duckdb.ts';
import {
  BELONGING_SQL,
  CANDIDATES_SQL,
  chosenErrorsSql,
  findingSteps,
  REDRIVEN_SQL,
  TAKEN_SQL,
} from '../../sql/redrive.ts';
import type { Engine } from '../engine/engine.ts';
import { bindBatchInfo } from './relations.ts';

/** What a redrive found, in rows of the errors table. */
export interface RedriveChoice {
  readonly chosen: number;
  /** Of those, findings whose RAW rows are there to be taken again. */
  readonly redriven: number;
}

/** Relations that do not outlive the batch. */
export const REDRIVE_TABLES = ['taken', 'belonging', 'candidates', 'redriven', 'chosen_errors'] as const;

/**
 * Leaves in `raw_batch` only the rows that the redrive takes again, and in `redriven` their rows of the errors table with
 * `_file` and `_pos`. Reads `raw_batch` (all of RAW), `known_errors` and `masking_key`; batch_info is the batch's again.
 */
export async function chooseRedrive(place: Place, engine: Engine, intent: Intent): Promise<RedriveChoice> {
  const { selection, contractVersion } = intent;
  invariant(selection !== null, 'a redrive says what it takes');
  const make = (name: string, sql: string): Promise<void> =>
    engine.run(`CREATE OR REPLACE TEMP TABLE ${name} AS ${sql}`);
  await make('chosen_errors', chosenErrorsSql(selection, contractVersion, DUCKDB));
  await make('candidates', CANDIDATES_SQL);
  await engine.run('CREATE OR REPLACE TEMP VIEW raw_batch AS FROM candidates');
  await engine.run('CREATE OR REPLACE TEMP TABLE belonging (_rid BIGINT, error_id VARCHAR)');
  const versions = await engine.rows('SELECT DISTINCT contract_version AS version FROM chosen_errors');
  for (const { version } of versions) await findBelonging(place, engine, intent, Number(version));
  await make('redriven', REDRIVEN_SQL);
  await make('taken', TAKEN_SQL);
  await engine.run('CREATE OR REPLACE TEMP VIEW raw_batch AS FROM taken');
  await bindBatchInfo(engine, intent);
  return { chosen: await count(engine, 'chosen_errors'), redriven: await count(engine, 'redriven') };
}

/** Judges the candidates by a version that rejected some of them. */
async function findBelonging(place: Place, engine: Engine, intent: Intent, version: number): Promise<void> {
  const { topic } = await versionOf(place, intent.topic, version);
  await bindBatchInfo(engine, { ...intent, contractVersion: version });
  for (const { name, sql } of findingSteps(planOf(topic), DUCKDB))
    await engine.run(`CREATE OR REPLACE TEMP TABLE ${name} AS ${sql}`);
  await engine.run(`INSERT INTO belonging ${BELONGING_SQL}`);
}

async function count(engine: Engine, relation: string): Promise<number> {
  const [row] = await engine.rows(`SELECT count(*) AS n FROM ${relation}`);
  return Number(row?.n);
}
