import { createHash } from 'node:crypto';
import type { FileIO } from '../../iceberg/file-io.ts';
import { currentSchema, currentSnapshot, snapshotById } from '../../iceberg/metadata.ts';
import { appendedFiles, planScan, type ScanFile } from '../../iceberg/scan.ts';
import { loadTable, type Table } from '../../iceberg/table.ts';
import { derivedTable, type TopicTables } from '../../pipeline/batches/topic-tables.ts';
import type { MaskingKey } from '../../pipeline/masking-key.ts';
import type { Intent } from '../../semantic/intent.ts';
import { errorsTableName } from '../../semantic/tables.ts';
import type { Engine } from '../engine/engine.ts';
import type { RelationOptions } from '../parquet/table-relation.ts';
import { type ReadablePlace, readableRelation } from '../tables/readable-place.ts';

/** HMAC's block size for SHA-256 (RFC 2104). */
const BLOCK_BYTES = 64;
const INNER_PAD = 0x36;
const OUTER_PAD = 0x5c;

type FilesPlace = Pick<ReadablePlace, 'files' | 'copies'>;

export interface BoundFiles {
  /** The RAW files that the batch reads. */
  readonly input: readonly ScanFile[];
  /** The semantic table's live files, which the plan's removals may hit. */
  readonly target: readonly ScanFile[];
  /** The errors table's live files, in which a redrive stamps rows. */
  readonly errors: readonly ScanFile[];
}

/** Gives the engine the relations that a rendered plan reads (src/sql/render.ts). */
export async function bindRelations(
  place: FilesPlace,
  engine: Engine,
  intent: Intent,
  raw: Table,
  tables: TopicTables,
  key: MaskingKey | null,
): Promise<BoundFiles> {
  const rebuild = intent.kind === 'rebuild';
  const files = rebuild ? [] : await liveFiles(place.files, tables.before.semantic);
  const errorFiles = rebuild ? [] : await liveFiles(place.files, tables.before.errors);
  const input = await rawFiles(place.files, raw, intent);
  const bind = async (
    name: string,
    { metadata }: Table,
    scan: readonly ScanFile[],
    options: RelationOptions,
  ) => bindView(engine, name, await readableRelation(place, currentSchema(metadata), scan, options));
  // Numbered, so that a row keeps its number however often it is read.
  await bind('raw_batch', raw, input, { positions: false, numbered: true });
  await bind('target', tables.semantic, files, { positions: true });
  await bind('known_errors', tables.errors, errorFiles, { positions: true });
  await bindBatchInfo(engine, intent);
  await bindMaskingKey(engine, key);
  return { input, target: files, errors: errorFiles };
}

/** Gives the engine `known_errors` alone; false where the topic has no errors table yet. */
export async function bindErrors(place: ReadablePlace, engine: Engine, topic: string): Promise<boolean> {
  const errors = await loadTable(place.files, place.catalog, derivedTable(errorsTableName(topic)));
  if (errors === null) return false;
  const { metadata } = errors;
  const files = await planScan(place.files, metadata, currentSnapshot(metadata));
  const relation = await readableRelation(place, currentSchema(metadata), files, { positions: true });
  await bindView(engine, 'known_errors', relation);
  return true;
}

export async function bindBatchInfo(
  engine: Engine,
  intent: Pick<Intent, 'batchId' | 'contractVersion' | 'generation' | 'createdAt'>,
): Promise<void> {
  await engine.run(
    `CREATE OR REPLACE TEMP TABLE batch_info AS SELECT '${intent.batchId}' AS batch_id, ` +
      `${intent.contractVersion}::INTEGER AS contract_version, ${intent.generation}::INTEGER AS generation, make_timestamptz(${intent.createdAt}) AS created_at`,
  );
}

/** A query for the semantic table's rows as they were before, in the columns that it is about to have, with places. */
export async function tableRows(place: FilesPlace, { before, semantic }: TopicTables): Promise<string> {
  const files = await liveFiles(place.files, before.semantic);
  return readableRelation(place, currentSchema(semantic.metadata), files, { positions: true });
}

async function bindView(engine: Engine, name: string, select: string): Promise<void> {
  await engine.run(`CREATE OR REPLACE TEMP VIEW ${name} AS ${select}`);
}

/**
 * From the beginning on, what the end snapshot holds is all there is, even where older snapshots have expired or others
 * deleted rows: a rebuild is the way out of RAW_HISTORY_CHANGED.
 */
async function rawFiles(
  io: FileIO,
  { metadata }: Table,
  { startSnapshotId, endSnapshotId }: Intent,
): Promise<readonly ScanFile[]> {
  if (startSnapshotId === null) return planScan(io, metadata, snapshotById(metadata, endSnapshotId));
  const files = await appendedFiles(io, metadata, startSnapshotId, endSnapshotId);
  return files.map((file) => ({ file, deletes: [] }));
}

async function liveFiles(io: FileIO, table: Table | null): Promise<readonly ScanFile[]> {
  return table === null ? [] : planScan(io, table.metadata, currentSnapshot(table.metadata));
}

/** The key's blocks go in as bound values: SQL text, plans and logs never hold them (DESIGN 6). */
export async function bindMaskingKey(engine: Engine, key: MaskingKey | null): Promise<void> {
  // Loaded here, where an engine runs already: a topic with nothing new must not wait for the native package.
  const { DuckDBBlobValue } = await import('@duckdb/node-api');
  await engine.run('CREATE OR REPLACE TEMP TABLE masking_key (ipad BLOB, opad BLOB)');
  const blocks = [INNER_PAD, OUTER_PAD].map((pad) =>
    key === null ? null : new DuckDBBlobValue(padded(key.bytes, pad)),
  );
  await engine.run('INSERT INTO masking_key VALUES ($1, $2)', blocks);
}

function padded(key: Uint8Array, pad: number): Uint8Array {
  const short = key.length > BLOCK_BYTES ? createHash('sha256').update(key).digest() : key;
  const block = new Uint8Array(BLOCK_BYTES).fill(pad);
  short.forEach((byte, index) => {
    block[index] = byte ^ pad;
  });
  return block;
}
