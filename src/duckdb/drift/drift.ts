import type { Micros } from '../../base/time.ts';
import { isMuted } from '../../contract/drift-muted.ts';
import type { MutedDrift } from '../../contract/model.ts';
import { registeredTopic } from '../../pipeline/contracts/registered-topic.ts';
import { unknownBecause } from '../../pipeline/unknown.ts';
import { driftTableName, SEMANTIC_NAMESPACE } from '../../semantic/tables.ts';
import type { Engine, EngineRow } from '../engine/engine.ts';
import { quoteName } from '../parquet/types.ts';
import type { LocalPlace } from '../tables/readable-place.ts';
import { withReader } from '../tables/reader.ts';

/** One way in which a topic's messages differ from its contract, over all batches that found it. */
export interface DriftFinding {
  readonly topic: string;
  /** Path in the payload. A member whose name is not an identifier is shown as {key}. */
  readonly path: string;
  /** UNKNOWN_PATH, MISSING_PATH, UNKNOWN_SCHEMA_VERSION, OVERFLOW, TOO_MANY_SHAPES, or the error code of the broken gate. */
  readonly kind: string;
  /** When the first and the last batch that found it began, earlier generations included. */
  readonly firstSeen: Micros;
  readonly lastSeen: Micros;
  /** RAW rows of the current generation that show it. */
  readonly rows: number;
  /** 0 to 1, of all RAW rows that the current generation processed. null for OVERFLOW, or if a rebuild came between. */
  readonly share: number | null;
  /** The contract mutes drift of this kind at this path. */
  readonly muted: boolean;
  /** Shape of one value, from the last batch that has one. */
  readonly sample: string | null;
}

/** Counts paths beyond the limit of a batch, not rows. */
const OVERFLOW = 'OVERFLOW';
const MISSING = 'MISSING_PATH';

/**
 * What the topics' drift tables hold for the current generations: most rows first, missing paths last. The tables outlive
 * a rebuild, which reads every RAW row again, so rows of earlier generations are not counted.
 */
export async function readDrift(
  place: LocalPlace,
  topics: readonly string[],
  signal: AbortSignal,
): Promise<readonly DriftFinding[]> {
  const found = await withTable(place, topics);
  if (found.length === 0) return [];
  return withReader(place, signal, async (engine) => {
    const all: DriftFinding[] = [];
    for (const topic of found) all.push(...(await topicDrift(place, engine, topic)));
    return all;
  });
}

/** Topics that were never processed have no drift table. */
async function withTable(place: LocalPlace, topics: readonly string[]): Promise<readonly string[]> {
  const names = (await place.catalog.tables())
    .filter(({ namespace }) => namespace === SEMANTIC_NAMESPACE)
    .map(({ name }) => name);
  return topics.filter((topic) => names.includes(driftTableName(topic)));
}

async function topicDrift(
  place: LocalPlace,
  engine: Engine,
  topic: string,
): Promise<readonly DriftFinding[]> {
  const { generation } = await place.store.checkpoint(topic);
  const muted = await mutedOf(place, topic);
  const rows = await engine.rows(driftSql(topic, generation));
  // Read after the rows: then a batch in between can make a share too small, but never larger than 1.
  const after = await place.store.checkpoint(topic);
  const total = after.generation === generation ? after.totals.outcomes.rawRows : 0;
  return rows.map((row) => findingOf(topic, row, total, muted));
}

/** First what contradicts the contract, then what messages lack. */
function driftSql(topic: string, generation: number): string {
  return `SELECT path, kind, epoch_us(min(detected_at)) AS first_seen, epoch_us(max(detected_at)) AS last_seen,
  CAST(sum(row_count) FILTER (generation = ${generation}) AS BIGINT) AS "rows", arg_max(sample, detected_at) AS sample
FROM ${SEMANTIC_NAMESPACE}.${quoteName(driftTableName(topic))}
GROUP BY path, kind HAVING "rows" > 0 ORDER BY kind = '${MISSING}', "rows" DESC, path, kind`;
}

/** Read from the contract's file, or from the registry if the file cannot be read. */
async function mutedOf(place: LocalPlace, topic: string): Promise<readonly MutedDrift[]> {
  try {
    return (await place.contract(topic)).topic.driftMuted;
  } catch (error) {
    unknownBecause(error);
    const latest = await place.store.latestContract(topic);
    return latest === null ? [] : registeredTopic(latest).driftMuted;
  }
}

function findingOf(topic: string, row: EngineRow, total: number, muted: readonly MutedDrift[]): DriftFinding {
  const rows = Number(row.rows);
  const kind = String(row.kind);
  return {
    topic,
    path: String(row.path),
    kind,
    firstSeen: BigInt(String(row.first_seen)),
    lastSeen: BigInt(String(row.last_seen)),
    muted: isMuted(muted, String(row.path), kind),
    rows,
    share: total === 0 || kind === OVERFLOW ? null : rows / total,
    sample: row.sample === null ? null : String(row.sample),
  };
}
