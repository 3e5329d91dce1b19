import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Engine, type EngineRow, openEngine } from '../../src/duckdb/engine/engine.ts';
import { tableRelation } from '../../src/duckdb/parquet/table-relation.ts';
import { writeDataFiles } from '../../src/duckdb/parquet/write-data-files.ts';
import { NO_FAULTS } from '../../src/embedded/faults.ts';
import { runSemantic } from '../../src/embedded/jobs/incremental.ts';
import { rebuild } from '../../src/embedded/jobs/rebuild.ts';
import type { SemanticOptions, SemanticResult } from '../../src/embedded/jobs/semantic-work.ts';
import { underLease } from '../../src/embedded/workspace/held-lease.ts';
import { createMaskingKey } from '../../src/embedded/workspace/masking-key-file.ts';
import type { Workspace } from '../../src/embedded/workspace/workspace.ts';
import { prepareAppend } from '../../src/iceberg/append.ts';
import { createTable } from '../../src/iceberg/define.ts';
import { localFiles } from '../../src/iceberg/local-files.ts';
import { currentSchema, currentSnapshot } from '../../src/iceberg/metadata.ts';
import { planScan } from '../../src/iceberg/scan.ts';
import { loadTable } from '../../src/iceberg/table.ts';
import { rawTable } from '../../src/pipeline/batches/topic-tables.ts';
import { RAW_COLUMNS, RAW_DEFINITION } from '../../src/raw/table.ts';
import { DUCKDB } from '../../src/sql/duckdb.ts';
import type { NewDeadLetter } from '../../src/state/dead-letter.ts';
import type { RawRow } from '../sql/harness.ts';
import { type Temporary, temporaryWorkspace } from './temporary.ts';

const TOPIC = 'things';

/** A workspace with the topic `things`, whose RAW rows a test writes itself, so that the semantic job is tested alone. */
export interface Workbench {
  readonly temporary: Temporary;
  readonly workspace: Workspace;
  readonly engine: Engine;
  readonly contract: (text: string) => Promise<void>;
  readonly putRaw: (rows: readonly RawRow[], letters?: readonly NewDeadLetter[]) => Promise<void>;
  readonly run: (more?: Partial<SemanticOptions>) => Promise<SemanticResult>;
  readonly rebuild: () => Promise<SemanticResult>;
  /** Live rows of semantic.<table>, by `order`. */
  readonly rows: (table: string, order: string) => Promise<readonly EngineRow[]>;
  readonly close: () => Promise<void>;
}

/** Clears up whatever the task does. */
export async function withWorkbench(
  contract: string,
  task: (bench: Workbench) => Promise<void>,
): Promise<void> {
  const bench = await workbench(contract);
  try {
    await task(bench);
  } finally {
    await bench.close();
  }
}

export async function workbench(contractText: string): Promise<Workbench> {
  const temporary = await temporaryWorkspace();
  await mkdir(join(temporary.root, 'topics'));
  const contract = (text: string): Promise<void> =>
    writeFile(join(temporary.root, 'topics', `${TOPIC}.odcs.yaml`), text);
  await contract(contractText);
  const workspace = await temporary.open();
  await createMaskingKey(workspace.paths);
  const engine = await openEngine({
    memoryLimit: '1GiB',
    threads: 2,
    tempDirectory: workspace.tempDirectory,
  });
  const options: SemanticOptions = {
    signal: new AbortController().signal,
    faults: NO_FAULTS,
    engine: async () => engine,
    onPhase: () => undefined,
  };
  return {
    temporary,
    workspace,
    engine,
    contract,
    putRaw: (rows, letters) => putRaw(workspace, engine, TOPIC, rows, letters),
    run: async (more = {}) => first(await runSemantic(workspace, [TOPIC], { ...options, ...more })),
    rebuild: () => rebuild(workspace, TOPIC, options),
    rows: (table, order) => liveRows(workspace, engine, table, order),
    close: async () => {
      engine.close();
      await workspace.close();
      await temporary.remove();
    },
  };
}

function first(results: readonly SemanticResult[]): SemanticResult {
  const [result] = results;
  if (result === undefined) throw new Error('one topic gives one result');
  return result;
}

/** Appends RAW rows as one commit, as ingest would. */
export async function putRaw(
  workspace: Workspace,
  engine: Engine,
  topic: string,
  rows: readonly RawRow[],
  deadLetters: readonly NewDeadLetter[] = [],
): Promise<void> {
  const ref = rawTable(topic);
  const known = await loadTable(localFiles, workspace.catalog, ref);
  const folder = join(workspace.paths.warehouse, 'raw', topic);
  const table = known ?? createTable(ref, folder, crypto.randomUUID(), RAW_DEFINITION, workspace.clock());
  await underLease(workspace, { topic, work: 'ingest' }, async (lease) => {
    const workId = workspace.newWorkId();
    await workspace.store.openWork(lease, { workId, kind: 'ingest', directories: ['data/warehouse/raw'] });
    await engine.run(`CREATE OR REPLACE TEMP TABLE new_raw AS ${rawSelect(topic, rows, workspace.clock())}`);
    const written = await writeDataFiles(engine, {
      select: 'SELECT * FROM new_raw',
      table: table.metadata,
      workId,
      withoutBounds: new Set(),
    });
    const files = written.map(({ file }) => file);
    const ctx = {
      workId,
      now: workspace.clock(),
      summary: {},
      newSnapshotId: () => BigInt(Math.floor(Math.random() * 2 ** 52)) + 1n,
    };
    const prepared = await prepareAppend(localFiles, table, files, ctx);
    await workspace.store.commitIngest(lease, {
      tables: { workId, swaps: [prepared.swap], files: [], removedFiles: [] },
      progress: null,
      expectedOffset: null,
      counts: {
        received: rows.length + deadLetters.length,
        raw: rows.length,
        deadLettered: deadLetters.length,
      },
      deadLetters,
      replayed: [],
      committedAt: workspace.clock(),
    });
  });
}

function rawSelect(topic: string, rows: readonly RawRow[], now: bigint): string {
  const text = (value: string | null): string => (value === null ? 'NULL::VARCHAR' : DUCKDB.text(value));
  const values = rows.map((row, index) => {
    const columns = [
      text(topic),
      text(row.id),
      text(row.key ?? row.id),
      'NULL::VARCHAR',
      'NULL::VARCHAR',
      `make_timestamptz(${row.time})`,
    ];
    return `(${[...columns, text('message'), `make_timestamptz(${row.ingested ?? now})`, text(`test@${index}`), 'NULL::VARCHAR', 'NULL::VARCHAR', text(row.payload), text(row.inexact ?? null), text(row.shape ?? row.payload)].join(', ')})`;
  });
  return `SELECT * FROM (VALUES ${values.join(', ')}) v(${RAW_COLUMNS.map((column) => column.name).join(', ')})`;
}

async function liveRows(
  workspace: Workspace,
  engine: Engine,
  name: string,
  order: string,
): Promise<readonly EngineRow[]> {
  const table = await loadTable(localFiles, workspace.catalog, { namespace: 'semantic', name });
  if (table === null) return [];
  const files = await planScan(localFiles, table.metadata, currentSnapshot(table.metadata));
  const relation = tableRelation(currentSchema(table.metadata), files, { positions: false });
  return engine.rows(`SELECT * FROM (${relation}) ORDER BY ${order}`);
}
