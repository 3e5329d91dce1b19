import { ancestors } from '../iceberg/history.ts';
import { readMetadata } from '../iceberg/table.ts';
import type { Micros } from '../raw/record.ts';
import { driftTableName, SEMANTIC_NAMESPACE } from '../semantic/tables.ts';
import type { LedgerView } from '../state/port.ts';
import type { Engine, EngineRow } from './duckdb.ts';
import { localFiles } from './local-files.ts';
import { quoteName, quoteText } from './parquet/types.ts';
import { withReader } from './reader.ts';
import type { Workspace } from './workspace/workspace.ts';

/** One way in which a topic's messages differ from its contract, over all batches that saw it. */
export interface DriftFinding {
  readonly topic: string;
  /** Place in the payload; a member whose name is no identifier shows as {key}. */
  readonly path: string;
  /** UNKNOWN_PATH, OVERFLOW, TOO_MANY_SHAPES, or the error code of the broken gate. */
  readonly kind: string;
  /** When the first and the last batch that saw it began; those of earlier generations count too. */
  readonly firstSeen: Micros;
  readonly lastSeen: Micros;
  /** RAW rows of the current generation that show it; null where nobody can tell which batches are its. */
  readonly rows: number | null;
  /** Of all RAW rows that the current generation processed; null where unknown, and for OVERFLOW. */
  readonly share: number | null;
  /** Shape of one value, as the last batch that has one saw it. */
  readonly sample: string | null;
}

/** Counts paths beyond the limit of a batch, not rows. */
const OVERFLOW = 'OVERFLOW';

/**
 * What the topics' drift tables hold for the current generations, most rows first within a topic. The tables outlive
 * a rebuild, which sees every RAW row again, so rows of earlier generations are not counted.
 */
export async function readDrift(
  workspace: Workspace,
  topics: readonly string[],
  signal: AbortSignal,
): Promise<readonly DriftFinding[]> {
  const found = await withTable(workspace, topics);
  if (found.length === 0) return [];
  return withReader(workspace, signal, async (engine) => {
    const all: DriftFinding[] = [];
    for (const topic of found) all.push(...(await topicDrift(workspace, engine, topic)));
    return all;
  });
}

/** Topics that were never processed have no drift table. */
async function withTable(workspace: Workspace, topics: readonly string[]): Promise<readonly string[]> {
  const names = (await workspace.catalog.tables())
    .filter(({ namespace }) => namespace === SEMANTIC_NAMESPACE)
    .map(({ name }) => name);
  return topics.filter((topic) => names.includes(driftTableName(topic)));
}

async function topicDrift(
  workspace: Workspace,
  engine: Engine,
  topic: string,
): Promise<readonly DriftFinding[]> {
  const view = await workspace.store.ledgerView(topic);
  const batches = await currentBatches(view);
  const rows = await engine.rows(driftSql(topic, batches));
  // Taken after the rows, so that a batch in between can make a share too small, but never more than the whole.
  const { generation, totals } = await workspace.store.checkpoint(topic);
  const total = generation === view.checkpoint.generation ? totals.outcomes.rawRows : 0;
  return rows.map((row) => findingOf(topic, row, batches === 'unknown' ? 0 : total));
}

/** Ids of the current generation's batches; 'all': there was no other generation. */
async function currentBatches({
  checkpoint,
  semantic,
}: LedgerView): Promise<readonly string[] | 'all' | 'unknown'> {
  if (checkpoint.generation === 1) return 'all';
  if (semantic === null) return 'unknown';
  const metadata = await readMetadata(localFiles, semantic);
  const head = metadata['current-snapshot-id'];
  const summaries = (head === null ? [] : ancestors(metadata, head))
    .map(({ summary }) => summary)
    .filter((summary) => summary['lean-ops.generation'] === String(checkpoint.generation));
  const rows = summaries.reduce((sum, summary) => sum + Number(summary['lean-ops.raw-rows']), 0);
  // Where snapshots have expired, the batches that are left do not account for every row.
  if (rows !== checkpoint.totals.outcomes.rawRows) return 'unknown';
  return summaries.flatMap((summary) => summary['lean-ops.batch-id'] ?? []);
}

function driftSql(topic: string, batches: readonly string[] | 'all' | 'unknown'): string {
  const rows = batches === 'unknown' ? 'NULL' : `sum(row_count) FILTER (${memberOf(batches)})`;
  const current = batches === 'unknown' ? '' : ' HAVING "rows" > 0';
  return `SELECT path, kind, epoch_us(min(detected_at)) AS first_seen, epoch_us(max(detected_at)) AS last_seen,
  CAST(${rows} AS BIGINT) AS "rows", arg_max(sample, detected_at) AS sample
FROM ${SEMANTIC_NAMESPACE}.${quoteName(driftTableName(topic))}
GROUP BY path, kind${current} ORDER BY "rows" DESC NULLS LAST, path, kind`;
}

function memberOf(batches: readonly string[] | 'all'): string {
  if (batches === 'all') return 'true';
  return batches.length === 0 ? 'false' : `batch_id IN (${batches.map(quoteText).join(', ')})`;
}

function findingOf(topic: string, row: EngineRow, total: number): DriftFinding {
  const rows = row.rows === null ? null : Number(row.rows);
  const kind = String(row.kind);
  return {
    topic,
    path: String(row.path),
    kind,
    firstSeen: BigInt(String(row.first_seen)),
    lastSeen: BigInt(String(row.last_seen)),
    rows,
    share: rows === null || total === 0 || kind === OVERFLOW ? null : rows / total,
    sample: row.sample === null ? null : String(row.sample),
  };
}
