import { rm } from 'node:fs/promises';
import { hoursToMicros } from '../../base/time.ts';
import type { Engine } from '../../duckdb/engine/engine.ts';
import { invariant, LeanOpsError } from '../../errors/error.ts';
import type { ErrorCode } from '../../errors/taxonomy.ts';
import { makeFolder } from '../../iceberg/local-files.ts';
import { countingFailures } from '../../pipeline/count-failures.ts';
import type { OpenLetters } from '../../pipeline/dead-letters/open-letters.ts';
import { replaySource } from '../../state/dead-letter.ts';
import type { Lease } from '../../state/lease.ts';
import type { FaultPoints } from '../faults.ts';
import { commitUnit } from '../ingest/commit-unit.ts';
import { openUnit } from '../ingest/open-unit.ts';
import type { UnitPermit } from '../ingest/protocol.ts';
import { underLease } from '../workspace/held-lease.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { verifiedBody } from './letter-body.ts';
import { repairedBody } from './repaired-body.ts';
import { type ReplayRules, ReplayUnit } from './replay-unit.ts';

export interface ReplayOptions {
  /** A file with the repaired body of the one letter; null: the letters' own bodies. */
  readonly repairedBody: string | null;
  /** Ends the call with INTERRUPTED. Commits stay, and the same call continues with the rest. */
  readonly signal: AbortSignal;
  readonly faults: FaultPoints;
  /** Called when there are rows to write. */
  readonly engine: () => Promise<Engine>;
  /** Called with the number of letters processed so far. */
  readonly onProgress: (done: number) => void;
}

/** The result of a replay of one topic's letters. */
export interface ReplayResult {
  readonly topic: string;
  /** Closed letters: each is now a row of RAW or a new dead letter. */
  readonly replayed: number;
  readonly raw: number;
  readonly deadLettered: number;
  /** The new dead letters by error code. */
  readonly byError: Readonly<Partial<Record<ErrorCode, number>>>;
  /** Letters that are unknown or already closed. They are not replayed again. */
  readonly notOpen: number;
  /** Letters that stay open because their bodies are damaged. */
  readonly damaged: readonly LeanOpsError[];
  readonly seconds: number;
}

/**
 * Ingests dead letters again in units. One commit per unit adds the rows to RAW and closes the letters. Throws SOURCE_MISSING, SOURCE_UNREADABLE (of the repaired body), LEASE_HELD, LEASE_LOST, INTERRUPTED,
 * DISK_FULL; CHECKPOINT_CONFLICT if another run closed one of them meanwhile. Commits stay.
 */
export async function replayDeadLetters(
  workspace: Workspace,
  { topic, ids }: OpenLetters,
  options: ReplayOptions,
): Promise<ReplayResult> {
  invariant(
    options.repairedBody === null || ids.length === 1,
    'a repaired body replaces the body of one dead letter',
  );
  const started = performance.now();
  const contract = await workspace.contract(topic);
  const { ingest } = await workspace.config();
  const rules: ReplayRules = {
    topic: contract.topic,
    contractVersion: (await workspace.store.latestContract(topic))?.version ?? null,
    maxFutureMicros: hoursToMicros(ingest.maxFutureHours),
  };
  const counts = new ReplayCounts();
  await countingFailures(workspace, topic, () =>
    underLease(workspace, { topic, work: 'ingest' }, (lease, lost) =>
      new Replay(workspace, lease, lost, rules, options, counts).take(ids),
    ),
  );
  return { topic, ...counts.result(), seconds: (performance.now() - started) / 1000 };
}

/** What this call committed so far. */
class ReplayCounts {
  notOpen = 0;
  readonly damaged: LeanOpsError[] = [];
  private replayed = 0;
  private deadLettered = 0;
  private readonly byError: Partial<Record<ErrorCode, number>> = {};

  add({ replayed, failed }: ReplayUnit): void {
    this.replayed += replayed.length;
    this.deadLettered += failed.length;
    for (const { errorCode } of failed) this.byError[errorCode] = (this.byError[errorCode] ?? 0) + 1;
  }

  result(): Omit<ReplayResult, 'topic' | 'seconds'> {
    const { replayed, deadLettered, byError, notOpen, damaged } = this;
    return { replayed, raw: replayed - deadLettered, deadLettered, byError, notOpen, damaged };
  }
}

/** The replay of one topic's letters, under a lease. */
class Replay {
  private readonly workspace: Workspace;
  private readonly lease: Lease;
  private readonly lost: AbortSignal;
  private readonly rules: ReplayRules;
  private readonly options: ReplayOptions;
  private readonly counts: ReplayCounts;

  constructor(
    workspace: Workspace,
    lease: Lease,
    lost: AbortSignal,
    rules: ReplayRules,
    options: ReplayOptions,
    counts: ReplayCounts,
  ) {
    this.workspace = workspace;
    this.lease = lease;
    this.lost = lost;
    this.rules = rules;
    this.options = options;
    this.counts = counts;
  }

  async take(ids: readonly string[]): Promise<void> {
    await makeFolder(this.workspace.paths.staging);
    await makeFolder(this.workspace.paths.deadLetters);
    for (let at = 0; at < ids.length; ) at = await this.takeUnit(ids, at);
  }

  /** Adds letters from index `at` on until the unit is full. Returns the index of the next letter. */
  private async takeUnit(ids: readonly string[], at: number): Promise<number> {
    const { workspace, lease, options } = this;
    const permit = await openUnit(workspace, lease, options.faults);
    try {
      const unit = new ReplayUnit(permit, this.rules);
      let next = at;
      for (; next < ids.length && !unit.isFull; next++) {
        this.throwIfStopped();
        await this.takeLetter(unit, permit, ids[next] ?? '');
        options.onProgress(next + 1);
      }
      if (unit.replayed.length === 0) await workspace.store.dropWorks(lease, [permit.workId]);
      else await this.commit(unit);
      return next;
    } finally {
      // Staged payloads are removed however the call ends.
      await rm(permit.folder, { recursive: true, force: true });
    }
  }

  private async takeLetter(unit: ReplayUnit, permit: UnitPermit, id: string): Promise<void> {
    const { workspace, options } = this;
    const found = await workspace.store.deadLetter(id);
    if (found === null || found.letter.status !== 'open' || found.letter.topic !== this.rules.topic.topic) {
      this.counts.notOpen += 1;
      return;
    }
    const { letter, body } = found;
    try {
      const taken =
        options.repairedBody === null
          ? await verifiedBody(workspace, letter, body)
          : await repairedBody(workspace, options.repairedBody, permit.workId);
      unit.take(letter, taken);
    } catch (error) {
      // One damaged letter must not stop the others. It stays open, and the result names it.
      if (!(error instanceof LeanOpsError && error.code === 'DEAD_LETTER_DAMAGED')) throw error;
      this.counts.damaged.push(error);
    }
  }

  private async commit(unit: ReplayUnit): Promise<void> {
    const { workspace, lease, lost, options } = this;
    const { unit: staged, record } = unit.close();
    options.faults.hit('ingest:after-staged');
    const run = {
      workspace,
      topic: lease.scope.topic,
      sourcePrefix: replaySource(''),
      lease,
      faults: options.faults,
      engine: options.engine,
      signal: AbortSignal.any([options.signal, lost]),
      throwIfStopped: () => this.throwIfStopped(),
    };
    await commitUnit(run, staged, record);
    this.counts.add(unit);
  }

  private throwIfStopped(): void {
    if (this.lost.aborted) throw this.lost.reason;
    if (!this.options.signal.aborted) return;
    throw new LeanOpsError('INTERRUPTED', {
      operation: `replaying dead letters of ${this.lease.scope.topic}`,
      detail: 'the committed letters are closed, the others are open',
    });
  }
}
