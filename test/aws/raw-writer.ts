import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { newSnapshotId } from '../../src/base/snapshot-id.ts';
import type { Micros } from '../../src/base/time.ts';
import type { Engine } from '../../src/duckdb/engine/engine.ts';
import { writeDataFiles } from '../../src/duckdb/parquet/write-data-files.ts';
import { invariant } from '../../src/errors/error.ts';
import { prepareAppend } from '../../src/iceberg/append.ts';
import type { Catalog } from '../../src/iceberg/catalog.ts';
import type { PreparedCommit } from '../../src/iceberg/commit.ts';
import type { DataFile } from '../../src/iceberg/data-file.ts';
import type { FileIO } from '../../src/iceberg/file-io.ts';
import { loadTable, type Table } from '../../src/iceberg/table.ts';
import { RAW_COLUMNS, RAW_NAMESPACE, RAW_WITHOUT_BOUNDS } from '../../src/raw/table.ts';
import type { RowWriter } from './firehose-model.ts';

export interface RawWriterOptions {
  readonly engine: Engine;
  readonly files: FileIO;
  readonly catalog: Catalog;
  readonly commit: (prepared: PreparedCommit) => Promise<void>;
  readonly clock: () => Micros;
}

/** Firehose's Iceberg writer: appends rows (the record's JSON, times in microseconds) to existing RAW tables. */
export function rawWriter(options: RawWriterOptions): RowWriter {
  return async (database, name, rows) => {
    invariant(database.endsWith(`_${RAW_NAMESPACE}`), `${database} holds no RAW tables`);
    const { files, catalog, clock } = options;
    const table = await loadTable(files, catalog, { namespace: RAW_NAMESPACE, name });
    invariant(table !== null, `there is no table ${database}.${name}`);
    const workId = crypto.randomUUID();
    const written = await writeRows(options, table, rows, workId);
    const context = { workId, now: clock(), summary: {}, newSnapshotId };
    await options.commit(await prepareAppend(files, table, written, context));
  };
}

/** DuckDB writes to this machine's disk. From there the files go to the table's location. */
async function writeRows(
  { engine, files }: RawWriterOptions,
  table: Table,
  rows: readonly string[],
  workId: string,
): Promise<readonly DataFile[]> {
  const folder = await mkdtemp(join(tmpdir(), 'lean-ops-firehose-'));
  try {
    const input = join(folder, 'rows.ndjson');
    await writeFile(input, `${rows.join('\n')}\n`);
    const written = await writeDataFiles(engine, {
      select: selectRows(input),
      table: { ...table.metadata, location: folder },
      workId,
      withoutBounds: RAW_WITHOUT_BOUNDS,
    });
    const moved = written.map(async ({ file }) => {
      const path = `${table.metadata.location}/data/${basename(dirname(file.path))}-${basename(file.path)}`;
      await files.write(path, await readFile(file.path));
      return { ...file, path };
    });
    return await Promise.all(moved);
  } finally {
    await rm(folder, { recursive: true });
  }
}

function selectRows(file: string): string {
  const types = RAW_COLUMNS.map(({ name, type }) => `${name}: '${type === 'string' ? 'VARCHAR' : 'BIGINT'}'`);
  const columns = RAW_COLUMNS.map(({ name, type }) =>
    type === 'string' ? name : `make_timestamptz(${name}) AS ${name}`,
  );
  return `SELECT ${columns.join(', ')} FROM read_json('${file}', format = 'newline_delimited', columns = {${types.join(', ')}})`;
}
