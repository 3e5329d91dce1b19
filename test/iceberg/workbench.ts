import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Engine, type EngineRow, openEngine } from '../../src/duckdb/engine/engine.ts';
import { tableRelation } from '../../src/duckdb/parquet/table-relation.ts';
import { type DataFilesRequest, writeDataFiles } from '../../src/duckdb/parquet/write-data-files.ts';
import { writePositionDeletes } from '../../src/duckdb/parquet/write-position-deletes.ts';
import type { TableRef } from '../../src/iceberg/catalog.ts';
import type { CommitContext, PreparedCommit } from '../../src/iceberg/commit.ts';
import type { DataFile } from '../../src/iceberg/data-file.ts';
import { createTable, type TableDefinition } from '../../src/iceberg/define.ts';
import { localFiles } from '../../src/iceberg/local-files.ts';
import { currentSchema, currentSnapshot, type Snapshot } from '../../src/iceberg/metadata.ts';
import { planScan } from '../../src/iceberg/scan.ts';
import type { Table } from '../../src/iceberg/table.ts';

/** A warehouse in a temporary folder and a DuckDB engine. */
export interface Workbench {
  readonly folder: string;
  readonly engine: Engine;
  readonly close: () => Promise<void>;
}

export async function openWorkbench(): Promise<Workbench> {
  const folder = await mkdtemp(path.join(tmpdir(), 'lean-ops-iceberg-'));
  const engine = await openEngine({
    memoryLimit: '1GiB',
    threads: 2,
    tempDirectory: path.join(folder, 'temp'),
  });
  const close = async () => {
    engine.close();
    await rm(folder, { recursive: true });
  };
  return { folder, engine, close };
}

/** Microseconds: 2024-01-01T00:00:00Z, and one second more with every call. */
let now = 1_704_067_200_000_000n;

export function context(summary: Readonly<Record<string, string>> = {}): CommitContext {
  now += 1_000_000n;
  return { workId: randomUUID(), now, summary, newSnapshotId: () => randomBytes(8).readBigUInt64LE() >> 1n };
}

export function newTable(bench: Workbench, ref: TableRef, definition: TableDefinition): Table {
  const location = path.join(bench.folder, 'warehouse', ref.namespace, ref.name);
  return createTable(ref, location, randomUUID(), definition, now);
}

/** The table after the catalog has made the swap. */
export function committed(prepared: PreparedCommit): Table {
  return { ref: prepared.swap.table, metadataLocation: prepared.swap.next, metadata: prepared.metadata };
}

export async function dataFiles(
  bench: Workbench,
  table: Table,
  select: string,
  more: Partial<DataFilesRequest> = {},
): Promise<readonly DataFile[]> {
  const request = {
    select,
    table: table.metadata,
    workId: randomUUID(),
    withoutBounds: new Set<string>(),
    ...more,
  };
  return (await writeDataFiles(bench.engine, request)).map(({ file }) => file);
}

/** Position deletes for the rows that match the SQL condition. */
export async function deletesWhere(
  bench: Workbench,
  table: Table,
  condition: string,
): Promise<readonly DataFile[]> {
  const scan = await planScan(localFiles, table.metadata, currentSnapshot(table.metadata));
  const relation = tableRelation(currentSchema(table.metadata), scan, { positions: true });
  const written = await writePositionDeletes(bench.engine, {
    select: `SELECT _file AS file_path, _pos AS pos FROM (${relation}) WHERE ${condition}`,
    table: table.metadata,
    dataFiles: scan.map(({ file }) => file),
    workId: randomUUID(),
  });
  return written.map(({ file }) => file);
}

/** The table's rows in DuckDB, at its head or at a snapshot. */
export async function readRows(
  bench: Workbench,
  table: Table,
  orderBy: string,
  snapshot: Snapshot | null = currentSnapshot(table.metadata),
  condition = 'true',
): Promise<readonly EngineRow[]> {
  const scan = await planScan(localFiles, table.metadata, snapshot);
  const relation = tableRelation(currentSchema(table.metadata), scan, { positions: false });
  return bench.engine.rows(`SELECT * FROM (${relation}) WHERE ${condition} ORDER BY ${orderBy}`);
}
