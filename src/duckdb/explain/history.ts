import type { DataFile } from '../../iceberg/data-file.ts';
import type { FileIO } from '../../iceberg/file-io.ts';
import { mainHistory } from '../../iceberg/history.ts';
import { currentSchema, type Snapshot, snapshotById } from '../../iceberg/metadata.ts';
import { appendedFiles, planScan } from '../../iceberg/scan.ts';
import { loadTable, type Table } from '../../iceberg/table.ts';
import { rawTable } from '../../pipeline/batches/topic-tables.ts';
import { BATCH_ID, GENERATION, RAW_SNAPSHOT_ID } from '../../semantic/snapshot-labels.ts';
import { SEMANTIC_NAMESPACE } from '../../semantic/tables.ts';
import { type ReadablePlace, readableRelation } from '../tables/readable-place.ts';

/** RAW, divided by the batches that read it. */
export interface BatchedRaw {
  /** A query for all rows of RAW with `_rid`, whose upper 32 bits are the number of the file. */
  readonly relation: string;
  /** Ids of the generation's batches, oldest first. */
  readonly batchIds: readonly string[];
  /** Per file, the number of the batch that processed its rows, or EARLIER; null: none yet. */
  readonly batchOfFile: readonly (number | null)[];
}

interface Batch {
  readonly id: string;
  /** The RAW snapshot that it read up to. */
  readonly end: bigint;
}

/** The batch number of rows whose batch is no longer known, because the snapshots that named it have expired. */
export const EARLIER = -1;

/** null if the topic has no RAW table. */
export async function batchedRaw(place: ReadablePlace, topic: string): Promise<BatchedRaw | null> {
  const { files: io, catalog } = place;
  const raw = await loadTable(io, catalog, rawTable(topic));
  if (raw === null) return null;
  const { generation, snapshotId } = await place.store.checkpoint(topic);
  const semantic = await loadTable(io, catalog, {
    namespace: SEMANTIC_NAMESPACE,
    name: topic,
  });
  const history = historyOf(raw, semantic, generation, snapshotId);
  const parts = await partsOf(io, raw, history);
  const scan = parts.flatMap(({ files }) => files.map((file) => ({ file, deletes: [] })));
  return {
    relation: await readableRelation(place, currentSchema(raw.metadata), scan, {
      positions: false,
      numbered: true,
    }),
    batchIds: history.batches.map(({ id }) => id),
    batchOfFile: parts.flatMap(({ files, place }) => files.map(() => place)),
  };
}

interface History {
  /** The RAW snapshot up to which rows count as one batch; null: every batch is known from the first row on. */
  readonly base: { readonly end: bigint; readonly place: number } | null;
  /** The batches after the base, oldest first. If a rebuild is the base, it is the first of them. */
  readonly batches: readonly Batch[];
}

function historyOf(
  raw: Table,
  semantic: Table | null,
  generation: number,
  checkpoint: bigint | null,
): History {
  const { batches, complete } = batchesOf(semantic, generation);
  const chain = mainHistory(raw.metadata);
  const oldest = chain.at(-1);
  const kept = batches.filter(({ end }) => chain.some((snapshot) => snapshot['snapshot-id'] === end));
  if (complete && kept.length === batches.length) {
    const [first] = kept;
    // A rebuild read everything that RAW held, in one batch.
    if (generation > 1 && first !== undefined) return { base: { end: first.end, place: 0 }, batches: kept };
    if (oldest?.['parent-snapshot-id'] === undefined) return { base: null, batches };
  }
  const [first, ...others] = kept;
  // Only the batch before the first known one says where that one began, and it is not known.
  if (!complete && first !== undefined && kept.length === batches.length)
    return { base: { end: first.end, place: EARLIER }, batches: others };
  const end = first === undefined ? checkpoint : oldest?.['snapshot-id'];
  return { base: end === undefined || end === null ? null : { end, place: EARLIER }, batches: kept };
}

async function partsOf(
  io: FileIO,
  { metadata }: Table,
  { base, batches }: History,
): Promise<readonly { readonly files: readonly DataFile[]; readonly place: number | null }[]> {
  const parts: { files: readonly DataFile[]; place: number | null }[] = [];
  if (base !== null) {
    const scan = await planScan(io, metadata, snapshotById(metadata, base.end));
    parts.push({ files: scan.map(({ file }) => file), place: base.place });
  }
  let start = base?.end ?? null;
  const ends = [...batches.map(({ end }) => end), metadata['current-snapshot-id']];
  for (const [place, end] of ends.entries()) {
    if (end === null || end === start) continue;
    const files = await appendedFiles(io, metadata, start, end);
    parts.push({ files, place: place < batches.length ? place : null });
    start = end;
  }
  return parts;
}

/** Read from the semantic table's snapshots: each batch leaves one. `complete`: they include the generation's first. */
function batchesOf(
  semantic: Table | null,
  generation: number,
): { readonly batches: readonly Batch[]; readonly complete: boolean } {
  const chain = semantic === null ? [] : mainHistory(semantic.metadata);
  const isOwn = ({ summary }: Snapshot): boolean => Number(summary[GENERATION] ?? generation) === generation;
  const batches = chain.filter(isOwn).flatMap(({ summary }) => {
    const id = summary[BATCH_ID];
    const end = summary[RAW_SNAPSHOT_ID];
    return id !== undefined && end !== undefined ? [{ id, end: BigInt(end) }] : [];
  });
  const begins = chain.at(-1)?.['parent-snapshot-id'] === undefined || !chain.every(isOwn);
  return { batches: batches.reverse(), complete: begins };
}
