import { rm } from 'node:fs/promises';
import { hoursToMicros } from '../../base/time.ts';
import { LeanOpsError } from '../../errors/error.ts';
import { ERRORS, type ErrorCode } from '../../errors/taxonomy.ts';
import { makeFolder } from '../../iceberg/local-files.ts';
import { currentSnapshot } from '../../iceberg/metadata.ts';
import { topicBudget } from '../../pipeline/batches/topic-budget.ts';
import { countingFailures } from '../../pipeline/count-failures.ts';
import { type Budget, budgetBreach } from '../../quality/budget.ts';
import { haltedError, type TopicHalt } from '../../state/halt.ts';
import type { Lease } from '../../state/lease.ts';
import { underLease } from '../workspace/held-lease.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { commitUnit, type UnitRecord, type UnitRun } from './commit-unit.ts';
import { openUnit } from './open-unit.ts';
import { fileToScanOf, type OpenedSource, openSource } from './opened-source.ts';
import type { IngestOptions, IngestSource } from './options.ts';
import { PermitGiver } from './permits.ts';
import type { ScanFailure, StagedUnit } from './protocol.ts';
import { rawTableOf } from './raw-table.ts';
import type { IngestResult } from './result.ts';
import { ScanThread } from './scan-thread.ts';
import { sourcePrefix } from './source-scan.ts';
import { type UnitPlace, unitRecord } from './unit-record.ts';

/** The next unit is scanned while the current one is written, which keeps two cores busy. */
const UNITS_UNDER_WAY = 2;

/**
 * Ingests the messages of a source into RAW and the dead letters, one commit per unit. Throws SOURCE_MISSING,
 * SOURCE_UNREADABLE, SOURCE_TRUNCATED, FILE_CHANGED, LEASE_HELD, LEASE_LOST, INTERRUPTED, DISK_FULL, TOPIC_HALTED;
 * earlier commits stay. A unit that exceeds the topic's budget is the last one that is committed.
 */
export function ingestSource(
  workspace: Workspace,
  topic: string,
  source: IngestSource,
  options: IngestOptions,
): Promise<IngestResult> {
  return countingFailures(workspace, topic, () => takeSource(workspace, topic, source, options));
}

async function takeSource(
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
    const { halt } = await workspace.store.checkpoint(topic);
    if (halt !== null && !found.isTaken) throw haltedError(topic, halt);
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

/** What this call committed so far. */
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

/** The ingest of one source, under a lease. */
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
  /** Staging folders of open works, by work id. */
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
      file: fileToScanOf(this.source),
      name: this.source.name,
      sourceId: this.source.sourceId,
      arrivedAt: this.source.arrivedAt,
      messagesBefore: this.place.messages,
      maxFutureMicros: hoursToMicros(ingest.maxFutureHours),
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
    const { workspace, topic, source } = this;
    const latest = await workspace.store.latestContract(topic);
    const recorded = { workspace, topic, source, contractVersion: latest?.version ?? null };
    const budget = await this.budget();
    const run: UnitRun = {
      workspace,
      topic,
      sourcePrefix: sourcePrefix(source.sourceId),
      lease: this.lease,
      faults: this.options.faults,
      engine: this.options.engine,
      signal: this.signal,
      throwIfStopped: () => this.throwIfStopped(),
    };
    for (;;) {
      const report = await thread.next(this.signal);
      if (report === null) this.throwIfStopped();
      else if (report.kind === 'failed') throw this.failureOf(report.failure);
      else if (report.kind === 'end') return;
      else if (report.kind === 'progress') this.tell(report.progress);
      else {
        const halt = this.haltOf(report.unit, budget);
        await this.takeUnit(run, report.unit, unitRecord(recorded, report.unit, this.place, halt));
        if (halt !== null) throw haltedError(topic, halt);
      }
    }
  }

  /** null: a person accepted the rest of the input, so no budget applies. */
  private async budget(): Promise<Budget | null> {
    const { accepted } = await this.workspace.store.checkpoint(this.topic);
    return accepted === 'ingest'
      ? null
      : topicBudget((await this.workspace.config()).budgets, this.topic, 'ingest');
  }

  private haltOf(unit: StagedUnit, budget: Budget | null): TopicHalt | null {
    const messages = unit.messages - this.place.messages;
    const breach = budget === null ? null : budgetBreach(budget, unit.deadLetters.length, messages);
    return breach === null ? null : { work: 'ingest', ...breach, at: this.workspace.clock() };
  }

  private async takeUnit(run: UnitRun, unit: StagedUnit, record: UnitRecord): Promise<void> {
    this.options.faults.hit('ingest:after-staged');
    await commitUnit(run, unit, record);
    this.counts.add(unit, this.place);
    this.place = { offset: BigInt(unit.offset), messages: unit.messages };
    this.open.delete(unit.permit.workId);
    await this.permit();
  }

  /** Allows the scanning thread to stage one more unit. */
  private async permit(): Promise<void> {
    const permit = await openUnit(this.workspace, this.lease, this.options.faults);
    this.open.set(permit.workId, permit.folder);
    this.permits.give(permit);
  }

  /** Removes staged payloads however the call ends. Recovery removes the other files of open works. */
  private async clearStaging(): Promise<void> {
    for (const folder of this.open.values()) await rm(folder, { recursive: true, force: true });
  }

  private throwIfStopped(): void {
    if (this.lost.aborted) throw this.lost.reason;
    if (!this.options.signal.aborted) return;
    throw new LeanOpsError('INTERRUPTED', {
      operation: 'ingesting',
      detail: `${this.source.name} was ingested in part`,
    });
  }

  private tell(progress: { bytesDone: number; messages: number; deadLettered: number }): void {
    const { file } = this.source;
    this.options.onProgress({ ...progress, bytesTotal: file === null ? null : Number(file.size) });
  }

  /** Maps an error of the input or of the staging folder. */
  private failureOf({ code, operation, detail }: ScanFailure): LeanOpsError {
    const file = ERRORS[code].stage === 'ingest' ? this.source.name : this.workspace.paths.staging;
    return new LeanOpsError(code, { operation, detail, file });
  }
}
