import { mkdir, rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { LeanOpsError } from '../../errors/error.ts';
import { ERRORS, type ErrorCode } from '../../errors/taxonomy.ts';
import { currentSnapshot } from '../../iceberg/metadata.ts';
import type { Lease } from '../../state/lease.ts';
import { fileError, makeFolder } from '../local-files.ts';
import { underLease } from '../workspace/held-lease.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { commitUnit, type UnitPlace, type UnitRun } from './commit-unit.ts';
import { type OpenedSource, openSource, scanFileOf } from './opened-source.ts';
import type { IngestOptions, IngestSource } from './options.ts';
import { PermitGiver } from './permits.ts';
import type { ScanFailure, StagedUnit } from './protocol.ts';
import { rawLocation, rawTableOf } from './raw-table.ts';
import type { IngestResult } from './result.ts';
import { ScanThread } from './scan-thread.ts';

/** One unit is scanned while the one before it is written: that is what keeps two cores busy. */
const UNITS_UNDER_WAY = 2;
const MICROS_PER_HOUR = 3_600_000_000;

/**
 * Takes a source's messages into RAW and the dead letters, unit by unit, each in one commit. Throws SOURCE_MISSING,
 * SOURCE_UNREADABLE, SOURCE_TRUNCATED, FILE_CHANGED, LEASE_HELD, LEASE_LOST, INTERRUPTED, DISK_FULL; what was
 * committed before stays.
 */
export async function ingestSource(
  workspace: Workspace,
  topic: string,
  source: IngestSource,
  options: IngestOptions,
): Promise<IngestResult> {
  const started = performance.now();
  await workspace.contract(topic);
  const counts = new Counts();
  const opened = await underLease(workspace, { topic, work: 'ingest' }, async (lease, lost) => {
    const found = await openSource(workspace, topic, source, options.again);
    if (!found.isTaken) await new Ingest(workspace, topic, found, options, lease, lost, counts).take(source);
    return found;
  });
  const snapshot = currentSnapshot((await rawTableOf(workspace, topic)).metadata);
  return {
    topic,
    source: opened.name,
    result: opened.isTaken ? 'already-taken' : 'taken',
    received: counts.received,
    raw: counts.raw,
    deadLettered: counts.deadLettered,
    byError: counts.byError,
    rawSnapshotId: snapshot?.['snapshot-id'] ?? null,
    seconds: (performance.now() - started) / 1000,
  };
}

/** What this call has committed. */
class Counts {
  received = 0;
  raw = 0;
  deadLettered = 0;
  readonly byError: Partial<Record<ErrorCode, number>> = {};

  add(unit: StagedUnit, before: UnitPlace): void {
    this.received += unit.messages - before.messages;
    this.raw += unit.rows;
    this.deadLettered += unit.deadLetters.length;
    for (const { refusal } of unit.deadLetters)
      this.byError[refusal.code] = (this.byError[refusal.code] ?? 0) + 1;
  }
}

/** One source on its way in, under a lease. */
class Ingest {
  private readonly workspace: Workspace;
  private readonly topic: string;
  private readonly source: OpenedSource;
  private readonly options: IngestOptions;
  private readonly lease: Lease;
  private readonly lost: AbortSignal;
  private readonly signal: AbortSignal;
  private readonly counts: Counts;
  private readonly permits = new PermitGiver();
  /** Staging folders of works that are open, by work id. */
  private readonly open = new Map<string, string>();
  private place: UnitPlace;

  constructor(
    workspace: Workspace,
    topic: string,
    source: OpenedSource,
    options: IngestOptions,
    lease: Lease,
    lost: AbortSignal,
    counts: Counts,
  ) {
    this.workspace = workspace;
    this.topic = topic;
    this.source = source;
    this.options = options;
    this.lease = lease;
    this.lost = lost;
    this.signal = AbortSignal.any([options.signal, lost]);
    this.counts = counts;
    const { before } = source;
    this.place = { offset: before?.offset ?? null, messages: Number(before?.messages ?? 0n) };
  }

  async take(source: IngestSource): Promise<void> {
    const { workspace } = this;
    await makeFolder(workspace.paths.staging);
    await makeFolder(workspace.paths.deadLetters);
    const { ingest } = await workspace.config();
    const contract = await workspace.contract(this.topic);
    for (let unit = 0; unit < UNITS_UNDER_WAY; unit++) await this.permit();
    const job = {
      topic: contract.topic,
      file: scanFileOf(this.source),
      name: this.source.name,
      sourceId: this.source.sourceId,
      arrivedAt: this.source.arrivedAt,
      messagesBefore: this.place.messages,
      maxFutureMicros: BigInt(Math.round(ingest.maxFutureHours * MICROS_PER_HOUR)),
      unitBytes: ingest.unitBytes,
      deadLetterFolder: workspace.paths.deadLetters,
      permits: this.permits.port,
      signal: this.permits.signal,
    };
    const thread = new ScanThread(job, source.kind === 'stream' ? source.stream : null, this.signal);
    try {
      await this.commitReports(thread);
    } finally {
      await thread.close();
      this.permits.close();
      await this.clearStaging();
    }
    await this.workspace.store.dropWorks(this.lease, [...this.open.keys()]);
  }

  private async commitReports(thread: ScanThread): Promise<void> {
    const latest = await this.workspace.store.latestContract(this.topic);
    const run: UnitRun = {
      workspace: this.workspace,
      topic: this.topic,
      source: this.source,
      contractVersion: latest?.version ?? null,
      lease: this.lease,
      faults: this.options.faults,
      engine: this.options.engine,
      signal: this.signal,
      checkpoint: () => this.checkpoint(),
    };
    for (;;) {
      const report = await thread.next(this.signal);
      if (report === null) this.checkpoint();
      else if (report.kind === 'failed') throw this.failureOf(report.failure);
      else if (report.kind === 'end') return;
      else if (report.kind === 'progress') this.tell(report.progress);
      else await this.takeUnit(run, report.unit);
    }
  }

  private async takeUnit(run: UnitRun, unit: StagedUnit): Promise<void> {
    this.options.faults.hit('ingest:after-staged');
    await commitUnit(run, unit, this.place);
    this.counts.add(unit, this.place);
    this.place = { offset: BigInt(unit.offset), messages: unit.messages };
    this.open.delete(unit.permit.workId);
    await this.permit();
  }

  /** Opens the work of one more unit and lets the scanning thread stage it. */
  private async permit(): Promise<void> {
    const { workspace, lease } = this;
    const workId = workspace.newWorkId();
    const folder = join(workspace.paths.staging, workId);
    const directories = [
      workspace.paths.staging,
      workspace.paths.deadLetters,
      rawLocation(workspace, this.topic),
    ].map((path) => relative(workspace.paths.root, path));
    await workspace.store.openWork(lease, { workId, kind: 'ingest', directories });
    this.open.set(workId, folder);
    try {
      await mkdir(folder, { mode: 0o700 });
    } catch (cause) {
      throw fileError(cause, 'making a staging folder', folder);
    }
    this.options.faults.hit('ingest:after-work-opened');
    this.permits.give({ workId, folder, ingestionTs: workspace.clock() });
  }

  /** Payloads leave no trace in staging, however the call ends; other files of open works are for the recovery. */
  private async clearStaging(): Promise<void> {
    for (const folder of this.open.values()) await rm(folder, { recursive: true, force: true });
  }

  private checkpoint(): void {
    if (this.lost.aborted) throw this.lost.reason;
    if (!this.options.signal.aborted) return;
    throw new LeanOpsError('INTERRUPTED', {
      operation: 'ingesting',
      detail: `${this.source.name} is taken in part`,
    });
  }

  private tell(progress: { bytesDone: number; messages: number; deadLettered: number }): void {
    const { file } = this.source;
    this.options.onProgress({ ...progress, bytesTotal: file === null ? null : Number(file.size) });
  }

  /** The input is at fault, or the place where it is staged. */
  private failureOf({ code, operation, detail }: ScanFailure): LeanOpsError {
    const file = ERRORS[code].stage === 'ingest' ? this.source.name : this.workspace.paths.staging;
    return new LeanOpsError(code, { operation, detail, file });
  }
}
