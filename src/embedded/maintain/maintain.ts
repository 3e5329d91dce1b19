import type { Engine } from '../../duckdb/engine/engine.ts';
import { LeanOpsError } from '../../errors/error.ts';
import { keepRawSince } from '../../pipeline/maintenance/keep-raw-since.ts';
import type { Lease } from '../../state/lease.ts';
import type { FaultPoints } from '../faults.ts';
import { underLease } from '../workspace/held-lease.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { compactionDue, compactTable } from './compact-table.ts';
import { expireSnapshots, expiryDue } from './expire-snapshots.ts';
import { expireState, stateDue } from './expire-state.ts';
import { purgeTopic } from './purge-history.ts';
import { orphansDue, removeOrphans } from './remove-orphans.ts';
import { retainRaw, retentionDue } from './retain-raw.ts';
import { type MaintenanceAction, type TableRun, throwIfStopped } from './table-run.ts';
import { derivedStyles, rawStyle, type TableStyle } from './table-style.ts';

/** The result of maintenance of one topic. */
export interface MaintenanceResult {
  readonly topic: string;
  /** locked: another run holds a lease of the topic, so some of its tables were skipped; `detail` names the run. */
  readonly result: 'done' | 'nothing' | 'locked';
  readonly detail: string | null;
  /** In the order of execution. A dry run lists what would be done, each action planned on its own. */
  readonly actions: readonly MaintenanceAction[];
  readonly seconds: number;
}

export interface MaintainOptions {
  /** Plans only and changes nothing. */
  readonly dryRun: boolean;
  readonly signal: AbortSignal;
  readonly faults: FaultPoints;
  /** Starts the engine; called when files must be rewritten. */
  readonly engine: () => Promise<Engine>;
  /** Called before each table. */
  readonly onTable: (topic: string, table: string) => void;
}

/**
 * Maintains topics: compacts files and manifests, expires old snapshots, deletes unreferenced files. Query results stay
 * the same. Derived tables need the topic's semantic lease; RAW also needs the ingest lease. If another run holds a
 * lease, its tables are skipped and the result says so. The run can be stopped at any instant.
 */
export async function maintain(
  workspace: Workspace,
  topics: readonly string[],
  options: MaintainOptions,
): Promise<readonly MaintenanceResult[]> {
  const results: MaintenanceResult[] = [];
  for (const topic of topics) results.push(await maintainTopic(workspace, topic, options));
  return results;
}

async function maintainTopic(
  workspace: Workspace,
  topic: string,
  options: MaintainOptions,
): Promise<MaintenanceResult> {
  const started = performance.now();
  const actions: MaintenanceAction[] = [];
  let detail: string | null = null;
  try {
    if (options.dryRun) await lookAtTopic(workspace, topic, options, actions);
    else await workOnTopic(workspace, topic, options, actions);
  } catch (error) {
    if (!(error instanceof LeanOpsError && error.code === 'LEASE_HELD')) throw error;
    detail = error.details.detail;
  }
  const result = detail !== null ? 'locked' : actions.length > 0 ? 'done' : 'nothing';
  return { topic, result, detail, actions, seconds: (performance.now() - started) / 1000 };
}

async function workOnTopic(
  workspace: Workspace,
  topic: string,
  options: MaintainOptions,
  actions: MaintenanceAction[],
): Promise<void> {
  await underLease(workspace, { topic, work: 'semantic' }, async (lease, lost) => {
    const signal = AbortSignal.any([options.signal, lost]);
    await purgeTopic(workspace, lease, topic, options.faults);
    const old = await expireState(workspace, lease, options.faults);
    if (old !== null) actions.push(old);
    for (const style of await derivedStyles(workspace, topic)) {
      await workOnTable(
        runOf(workspace, topic, style, lease, { ...options, signal }),
        style,
        options,
        actions,
      );
    }
    await underLease(workspace, { topic, work: 'ingest' }, async (_ingest, lostIngest) => {
      const style = await rawStyle(workspace, topic);
      const both = AbortSignal.any([signal, lostIngest]);
      const run = runOf(workspace, topic, style, lease, { ...options, signal: both });
      const keepSince = await keepRawSince(workspace, topic);
      const expired = keepSince === null ? null : await retainRaw(run, keepSince);
      if (expired !== null) actions.push(expired);
      await workOnTable(run, style, options, actions);
    });
  });
}

async function workOnTable(
  run: TableRun,
  style: TableStyle,
  options: MaintainOptions,
  actions: MaintenanceAction[],
): Promise<void> {
  run.throwIfStopped();
  options.onTable(run.lease.scope.topic, style.name);
  const done = [
    await compactTable(run, style.compaction),
    await expireSnapshots(run, style.expiry),
    await removeOrphans(run, style.orphansBefore),
  ];
  actions.push(...done.filter((action) => action !== null));
}

/** Plans without a lease, because it only reads. */
async function lookAtTopic(
  workspace: Workspace,
  topic: string,
  options: MaintainOptions,
  actions: MaintenanceAction[],
): Promise<void> {
  const lease: Lease = {
    scope: { topic, work: 'semantic' },
    owner: workspace.owner,
    token: 0n,
    expiresAt: 0n,
  };
  const keepSince = await keepRawSince(workspace, topic);
  const raw = await rawStyle(workspace, topic);
  const old = await stateDue(workspace, topic);
  if (old !== null) actions.push(old);
  for (const style of [...(await derivedStyles(workspace, topic)), raw]) {
    const run = runOf(workspace, topic, style, lease, options);
    run.throwIfStopped();
    options.onTable(topic, style.name);
    const due = [
      style === raw && keepSince !== null ? await retentionDue(run, keepSince) : null,
      await compactionDue(run, style.compaction),
      await expiryDue(run, style.expiry),
      await orphansDue(run, style.orphansBefore),
    ];
    actions.push(...due.filter((action) => action !== null));
  }
}

function runOf(
  workspace: Workspace,
  topic: string,
  { ref }: TableStyle,
  lease: Lease,
  { signal, faults, engine }: MaintainOptions,
): TableRun {
  return {
    workspace,
    ref,
    lease,
    faults,
    engine,
    throwIfStopped: () => throwIfStopped(signal, `maintaining ${topic}`),
  };
}
