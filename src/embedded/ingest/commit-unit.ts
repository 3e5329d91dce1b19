import { rm } from 'node:fs/promises';
import { retryOnConflict } from '../../base/retry.ts';
import { newSnapshotId } from '../../base/snapshot-id.ts';
import { MICROS_PER_DAY, type Micros } from '../../base/time.ts';
import type { Engine } from '../../duckdb/engine/engine.ts';
import { interruptibly } from '../../duckdb/engine/interruptibly.ts';
import { type WrittenFile, writeDataFiles } from '../../duckdb/parquet/write-data-files.ts';
import { prepareAppend } from '../../iceberg/append.ts';
import type { PreparedCommit } from '../../iceberg/commit.ts';
import { localFiles } from '../../iceberg/local-files.ts';
import type { Table } from '../../iceberg/table.ts';
import { RAW_WITHOUT_BOUNDS } from '../../raw/table.ts';
import { FENCING_TOKEN, WORK_ID } from '../../semantic/snapshot-labels.ts';
import type { IngestCommit } from '../../state/ingest-commit.ts';
import type { Lease } from '../../state/lease.ts';
import type { FaultPoints } from '../faults.ts';
import type { Workspace } from '../workspace/workspace.ts';
import type { UnitPermit } from './protocol.ts';
import { rawTableOf } from './raw-table.ts';
import type { StagedFiles } from './row-files.ts';
import { stagedSelect } from './staged-select.ts';

/** What all commits of one call share. */
export interface UnitRun {
  readonly workspace: Workspace;
  readonly topic: string;
  /** The prefix of the reception ids of its rows. */
  readonly sourcePrefix: string;
  readonly lease: Lease;
  readonly faults: FaultPoints;
  readonly engine: () => Promise<Engine>;
  readonly signal: AbortSignal;
  /** Throws if the call must stop. */
  readonly throwIfStopped: () => void;
}

/** Staged rows that one commit makes visible. */
export interface CommittedUnit extends StagedFiles {
  readonly permit: UnitPermit;
}

/** What the commit of a unit records besides its rows. `committedAt` is the time of the commit. */
export type UnitRecord = (now: Micros) => Omit<IngestCommit, 'tables' | 'committedAt'>;

/** Makes a staged unit visible: one commit contains its rows, dead letters, figures and the offset of the source. */
export async function commitUnit(run: UnitRun, unit: CommittedUnit, record: UnitRecord): Promise<void> {
  const table = await rawTableOf(run.workspace, run.topic);
  const written = unit.rows === 0 ? [] : await writeRows(run, unit, table);
  // Before the commit, because the commit closes the work, and recovery only looks for files of open works.
  await rm(unit.permit.folder, { recursive: true, force: true });
  run.faults.hit('ingest:after-parquet');
  const operation = `committing messages of ${run.topic}`;
  await retryOnConflict(operation, () => commit(run, unit, record, written), run.throwIfStopped);
}

async function writeRows(run: UnitRun, unit: CommittedUnit, table: Table): Promise<readonly WrittenFile[]> {
  const { workId, ingestionTs } = unit.permit;
  const engine = await run.engine();
  run.throwIfStopped();
  const { topic, sourcePrefix, signal } = run;
  return interruptibly(engine.interrupt, signal, () =>
    writeDataFiles(engine, {
      select: stagedSelect(unit, { topic, sourcePrefix, ingestionTs }),
      table: table.metadata,
      workId,
      withoutBounds: RAW_WITHOUT_BOUNDS,
      partition: [Number(ingestionTs / MICROS_PER_DAY)],
    }),
  );
}

async function commit(
  run: UnitRun,
  unit: CommittedUnit,
  record: UnitRecord,
  written: readonly WrittenFile[],
): Promise<void> {
  const { workspace, lease, faults } = run;
  const { workId } = unit.permit;
  run.throwIfStopped();
  const prepared = written.length === 0 ? null : await prepare(run, workId, written);
  faults.hit('ingest:after-prepared');
  const now = workspace.clock();
  await workspace.store.commitIngest(lease, {
    tables: {
      workId,
      swaps: prepared === null ? [] : [prepared.swap],
      files: written.map(({ file, sha256 }) => ({ path: file.path, sha256, size: file.fileSize })),
      removedFiles: [],
    },
    ...record(now),
    committedAt: now,
  });
  faults.hit('ingest:after-commit');
}

async function prepare(
  run: UnitRun,
  workId: string,
  written: readonly WrittenFile[],
): Promise<PreparedCommit> {
  const { workspace, topic, lease } = run;
  const table = await rawTableOf(workspace, topic);
  return prepareAppend(
    localFiles,
    table,
    written.map(({ file }) => file),
    {
      workId,
      now: workspace.clock(),
      summary: { [WORK_ID]: workId, [FENCING_TOKEN]: lease.token.toString() },
      newSnapshotId,
    },
  );
}
