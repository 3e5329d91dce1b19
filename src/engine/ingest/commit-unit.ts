import { rm } from 'node:fs/promises';
import { LeanOpsError } from '../../errors/error.ts';
import { prepareAppend } from '../../iceberg/append.ts';
import type { PreparedCommit } from '../../iceberg/commit.ts';
import type { Table } from '../../iceberg/table.ts';
import { RAW_WITHOUT_BOUNDS } from '../../raw/table.ts';
import type { Lease } from '../../state/lease.ts';
import type { Engine } from '../duckdb.ts';
import type { FaultPoints } from '../faults.ts';
import { localFiles } from '../local-files.ts';
import { type WrittenFile, writeDataFiles } from '../parquet/write-data-files.ts';
import { newSnapshotId } from '../snapshot-id.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { deadLettersOf } from './dead-letters.ts';
import { type OpenedSource, progressAfter } from './opened-source.ts';
import type { StagedUnit } from './protocol.ts';
import { rawTableOf } from './raw-table.ts';
import { stagedSelect } from './staged-select.ts';

/** What the commits of one call share. */
export interface UnitRun {
  readonly workspace: Workspace;
  readonly topic: string;
  readonly source: OpenedSource;
  readonly contractVersion: number | null;
  readonly lease: Lease;
  readonly faults: FaultPoints;
  readonly engine: () => Promise<Engine>;
  readonly signal: AbortSignal;
  /** Throws where the call is to end. */
  readonly checkpoint: () => void;
}

/** Where the source stood before a unit. */
export interface UnitPlace {
  /** Decompressed bytes; null before the first commit of a source. */
  readonly offset: bigint | null;
  readonly messages: number;
}

const MICROS_PER_DAY = 86_400_000_000n;
/** RAW is changed by maintenance only, beside us. */
const MAX_ATTEMPTS = 5;

/** Makes a staged unit visible: rows, dead letters, figures and the source's place in one commit. */
export async function commitUnit(run: UnitRun, unit: StagedUnit, before: UnitPlace): Promise<void> {
  const table = await rawTableOf(run.workspace, run.topic);
  const written = unit.rows === 0 ? [] : await writeRows(run, unit, table);
  // Before the commit, which closes the work: no recovery would look for staged payloads after it.
  await rm(unit.permit.folder, { recursive: true, force: true });
  run.faults.hit('ingest:after-parquet');
  for (let attempt = 1; ; attempt++) {
    try {
      await commit(run, unit, before, written);
      return;
    } catch (error) {
      const isConflict = error instanceof LeanOpsError && error.code === 'COMMIT_CONFLICT';
      if (!isConflict || attempt === MAX_ATTEMPTS) throw error;
    }
  }
}

async function writeRows(run: UnitRun, unit: StagedUnit, table: Table): Promise<readonly WrittenFile[]> {
  const { workId, ingestionTs } = unit.permit;
  const engine = await run.engine();
  run.checkpoint();
  const interrupt = (): void => engine.interrupt();
  run.signal.addEventListener('abort', interrupt, { once: true });
  try {
    return await writeDataFiles(engine, {
      select: stagedSelect(unit, { topic: run.topic, sourceId: run.source.sourceId, ingestionTs }),
      table: table.metadata,
      workId,
      withoutBounds: RAW_WITHOUT_BOUNDS,
      partition: [Number(ingestionTs / MICROS_PER_DAY)],
    });
  } finally {
    run.signal.removeEventListener('abort', interrupt);
  }
}

async function commit(
  run: UnitRun,
  unit: StagedUnit,
  before: UnitPlace,
  written: readonly WrittenFile[],
): Promise<void> {
  const { workspace, topic, source, lease, faults } = run;
  const { workId } = unit.permit;
  run.checkpoint();
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
    progress: progressAfter(source, topic, unit, now),
    expectedOffset: before.offset,
    counts: {
      received: unit.messages - before.messages,
      raw: unit.rows,
      deadLettered: unit.deadLetters.length,
    },
    deadLetters: deadLettersOf(workspace, topic, source, run.contractVersion, unit),
    replayed: [],
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
      summary: { 'lean-ops.work-id': workId, 'lean-ops.fencing-token': lease.token.toString() },
      newSnapshotId,
    },
  );
}
