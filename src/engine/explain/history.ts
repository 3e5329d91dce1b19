import { ancestors } from '../../iceberg/history.ts';
import { currentSchema } from '../../iceberg/metadata.ts';
import { appendedFiles } from '../../iceberg/scan.ts';
import { loadTable, type Table } from '../../iceberg/table.ts';
import { SEMANTIC_NAMESPACE } from '../../semantic/tables.ts';
import { localFiles } from '../local-files.ts';
import { tableRelation } from '../parquet/table-relation.ts';
import { rawTable } from '../semantic/tables.ts';
import type { Workspace } from '../workspace/workspace.ts';

/** RAW as its batches took it. */
export interface BatchedRaw {
  /** A query for all rows of RAW with `_rid`; the upper bits of `_rid` count the files. */
  readonly relation: string;
  /** Ids of the generation's batches, oldest first. */
  readonly batchIds: readonly string[];
  /** Place of the batch that took a file's rows; null: none yet. */
  readonly batchOfFile: readonly (number | null)[];
}

interface Batch {
  readonly id: string;
  /** The RAW snapshot that it read up to. */
  readonly end: bigint;
}

/** null where the topic has no RAW table. */
export async function batchedRaw(workspace: Workspace, topic: string): Promise<BatchedRaw | null> {
  const raw = await loadTable(localFiles, workspace.catalog, rawTable(topic));
  if (raw === null) return null;
  const { generation } = await workspace.store.checkpoint(topic);
  const semantic = await loadTable(localFiles, workspace.catalog, {
    namespace: SEMANTIC_NAMESPACE,
    name: topic,
  });
  const batches = semantic === null ? [] : batchesOf(semantic, generation);
  const files = [];
  const batchOfFile: (number | null)[] = [];
  let start: bigint | null = null;
  for (const [place, end] of [
    ...batches.map(({ end }) => end),
    raw.metadata['current-snapshot-id'],
  ].entries()) {
    if (end === null || end === start) continue;
    const added = await appendedFiles(localFiles, raw.metadata, start, end);
    files.push(...added);
    batchOfFile.push(...added.map(() => (place < batches.length ? place : null)));
    start = end;
  }
  const scan = files.map((file) => ({ file, deletes: [] }));
  return {
    relation: tableRelation(currentSchema(raw.metadata), scan, { positions: false, numbered: true }),
    batchIds: batches.map(({ id }) => id),
    batchOfFile,
  };
}

/** As the semantic table's own snapshots tell; each batch leaves one. */
function batchesOf(semantic: Table, generation: number): readonly Batch[] {
  const head = semantic.metadata['current-snapshot-id'];
  if (head === null) return [];
  return ancestors(semantic.metadata, head)
    .flatMap(({ summary }) => {
      const id = summary['lean-ops.batch-id'];
      const end = summary['lean-ops.raw-snapshot-id'];
      const own = Number(summary['lean-ops.generation']) === generation;
      return own && id !== undefined && end !== undefined ? [{ id, end: BigInt(end) }] : [];
    })
    .reverse();
}
