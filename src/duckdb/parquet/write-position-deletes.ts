import { invariant } from '../../errors/error.ts';
import { encodeBound } from '../../iceberg/bounds.ts';
import type { DataFile } from '../../iceberg/data-file.ts';
import { DELETE_PATH_ID, DELETE_POSITION_ID } from '../../iceberg/delete-schema.ts';
import type { TableMetadata } from '../../iceberg/metadata.ts';
import { partitionKey } from '../../iceberg/summary.ts';
import type { Relation } from '../../sql/relation.ts';
import type { Engine } from '../engine/engine.ts';
import { withSession } from '../engine/session.ts';
import { type CopiedFile, copyFiles } from './copy-files.ts';
import { textList } from './types.ts';
import type { WrittenFile } from './write-data-files.ts';

export interface PositionDeletesRequest {
  /** A query for (file_path VARCHAR, pos BIGINT), with 0-based positions. It runs once; duplicates do no harm. */
  readonly select: string;
  readonly table: TableMetadata;
  /** The data files whose rows may be deleted. */
  readonly dataFiles: readonly DataFile[];
  /** Part of every file's name. Letters, digits, - and _ only. */
  readonly workId: string;
}

/** Writes sorted position delete files, one per (spec, partition) of the data files (spec: Position Delete Files). */
export async function writePositionDeletes(
  engine: Engine,
  request: PositionDeletesRequest,
): Promise<readonly WrittenFile[]> {
  return withSession(engine, async (session) => {
    const select = `SELECT DISTINCT file_path, pos::BIGINT AS pos FROM (${request.select})`;
    const hits = await session.table('position_deletes', select);
    const groups = Map.groupBy(await filesHit(engine, hits, request.dataFiles), partitionKey);
    const written: WrittenFile[] = [];
    for (const group of groups.values())
      written.push(...(await writeGroup(engine, request, hits, group, groups.size)));
    return written;
  });
}

async function filesHit(
  engine: Engine,
  hits: Relation,
  dataFiles: readonly DataFile[],
): Promise<readonly DataFile[]> {
  const byPath = new Map(dataFiles.map((file) => [file.path, file]));
  const rows = await engine.rows(`SELECT DISTINCT file_path FROM ${hits.name}`);
  return rows.map(({ file_path: path }) => {
    const file = typeof path === 'string' ? byPath.get(path) : undefined;
    invariant(
      file !== undefined,
      `position deletes hit a file that the table does not hold: ${String(path)}`,
    );
    return file;
  });
}

async function writeGroup(
  engine: Engine,
  request: PositionDeletesRequest,
  hits: Relation,
  group: readonly DataFile[],
  groups: number,
): Promise<readonly WrittenFile[]> {
  const paths = group
    .map((file) => file.path)
    .sort((left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right)));
  const filter = groups === 1 ? '' : ` WHERE list_contains(${textList(paths)}, file_path)`;
  const copied = await copyFiles(engine, {
    select: `SELECT file_path, pos FROM ${hits.name}${filter} ORDER BY file_path, pos`,
    folder: `${request.table.location}/data`,
    workId: `${request.workId}_deletes`,
    fieldIds: new Map([
      ['file_path', DELETE_PATH_ID],
      ['pos', DELETE_POSITION_ID],
    ]),
    footer: {},
    partitionBy: [],
  });
  const [first] = group;
  invariant(first !== undefined, 'a group of files is not empty');
  return copied.map((file) => ({ file: deleteFile(file, first, paths), sha256: file.sha256 }));
}

/** Bounds of file_path are never truncated, because readers find the deletes of a file by them. */
function deleteFile(copied: CopiedFile, hit: DataFile, paths: readonly string[]): DataFile {
  const bound = (path: string | undefined) => new Map([[DELETE_PATH_ID, encodeBound('string', path ?? '')]]);
  return {
    content: 'position-deletes',
    path: copied.path,
    format: 'PARQUET',
    specId: hit.specId,
    partition: hit.partition,
    recordCount: copied.recordCount,
    fileSize: copied.size,
    columnSizes: null,
    valueCounts: null,
    nullValueCounts: null,
    nanValueCounts: null,
    lowerBounds: bound(paths[0]),
    upperBounds: bound(paths.at(-1)),
    keyMetadata: null,
    splitOffsets: null,
    equalityIds: null,
    sortOrderId: null,
    referencedDataFile: paths.length === 1 ? (paths[0] ?? null) : null,
  };
}
