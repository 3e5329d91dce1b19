import { join } from 'node:path';
import { dayOf, daysToMicros, type Micros } from '../../base/time.ts';
import { localFiles } from '../../iceberg/local-files.ts';
import type { Lease } from '../../state/lease.ts';
import type { OldState } from '../../state/old-state.ts';
import type { FaultPoints } from '../faults.ts';
import { deleteRemovedFiles } from '../workspace/removed-files.ts';
import type { Workspace } from '../workspace/workspace.ts';
import type { MaintenanceAction } from './table-run.ts';

/** Days that maintenance records are kept: long enough for a comparison with last year. */
const RECORD_DAYS = 400;

interface Cutoffs {
  readonly closedBefore: Micros;
  /** YYYY-MM-DD. */
  readonly countersBefore: string;
  readonly recordsBefore: Micros;
}

/** State of the topic that would expire now; null if there is none. */
export async function stateDue(workspace: Workspace, topic: string): Promise<MaintenanceAction | null> {
  const old = await oldState(workspace, topic, await cutoffsOf(workspace));
  return old === null ? null : actionOf(workspace, topic, old);
}

/**
 * Deletes expired daily figures, closed dead letters with their bodies, and maintenance records. The totals of the
 * ledger stay, so it still balances.
 */
export async function expireState(
  workspace: Workspace,
  lease: Lease,
  faults: FaultPoints,
): Promise<MaintenanceAction | null> {
  const { topic } = lease.scope;
  const startedAt = workspace.clock();
  const cutoffs = await cutoffsOf(workspace);
  const old = await oldState(workspace, topic, cutoffs);
  if (old === null) return null;
  const action = await actionOf(workspace, topic, old);
  const { table, before, after } = action;
  const workId = workspace.newWorkId();
  await workspace.store.openWork(lease, { workId, kind: 'maintenance', directories: [] });
  await workspace.store.recordMaintenance(
    lease,
    { table, action: action.action, startedAt, endedAt: workspace.clock(), before, after },
    {
      checkpoint: null,
      gone: { expiredLetters: old.letterIds.length },
      letterIds: old.letterIds,
      countersBefore: cutoffs.countersBefore,
      recordsBefore: cutoffs.recordsBefore,
    },
    {
      workId,
      swaps: [],
      files: [],
      removedFiles: old.bodyFiles.map((pointer) => join(workspace.paths.root, pointer)),
    },
  );
  faults.hit('maintain:after-commit');
  await deleteRemovedFiles(workspace, faults);
  return action;
}

async function cutoffsOf(workspace: Workspace): Promise<Cutoffs> {
  const { maintenance } = await workspace.config();
  const daysAgo = (days: number): Micros => workspace.clock() - daysToMicros(days);
  return {
    closedBefore: daysAgo(maintenance.closedDeadLetterDays),
    countersBefore: dayOf(daysAgo(maintenance.counterDays)),
    recordsBefore: daysAgo(RECORD_DAYS),
  };
}

async function oldState(workspace: Workspace, topic: string, cutoffs: Cutoffs): Promise<OldState | null> {
  const { closedBefore, countersBefore } = cutoffs;
  const old = await workspace.store.oldState(topic, closedBefore, countersBefore);
  return old.letterIds.length + old.counterDays === 0 ? null : old;
}

async function actionOf({ paths }: Workspace, topic: string, old: OldState): Promise<MaintenanceAction> {
  const { letterIds, bodyFiles, counterDays } = old;
  const sizes = new Map<string, bigint>();
  if (bodyFiles.length > 0)
    for (const { location, size } of await localFiles.list(paths.deadLetters)) sizes.set(location, size);
  const bytes = bodyFiles.reduce(
    (sum, pointer) => sum + Number(sizes.get(join(paths.root, pointer)) ?? 0n),
    0,
  );
  return {
    table: `state.${topic}`,
    action: 'expire-state',
    before: { dead_letters: letterIds.length, counter_days: counterDays },
    after: { dead_letters: 0, counter_days: 0 },
    removed: { files: bodyFiles.length, bytes },
  };
}
