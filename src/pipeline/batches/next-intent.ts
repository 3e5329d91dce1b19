import { classifyChange } from '../../contract/change.ts';
import type { Topic } from '../../contract/model.ts';
import { LeanOpsError } from '../../errors/error.ts';
import { appendsBetween } from '../../iceberg/history.ts';
import { currentSnapshot, type Snapshot, type TableMetadata } from '../../iceberg/metadata.ts';
import { addedRows } from '../../iceberg/snapshot-counters.ts';
import type { Table } from '../../iceberg/table.ts';
import { BATCH_FORMS } from '../../semantic/batch-form.ts';
import {
  type BatchKind,
  batchIdOf,
  type Intent,
  type IntentScope,
  type RedriveSelection,
} from '../../semantic/intent.ts';
import { planOf } from '../../semantic/plan.ts';
import type { Checkpoint } from '../../state/checkpoint.ts';
import type { Lease } from '../../state/lease.ts';
import { type ContractVersion, newestVersion, versionOf } from '../contracts/contract-version.ts';
import type { Place } from '../place.ts';
import { refuseUnreachable } from './unreachable-rows.ts';

/** A batch ends at a snapshot before it has more RAW rows than this. So a long pause does not lead to one huge batch. */
const MAX_BATCH_ROWS = 4_000_000n;

/** A batch whose intent is stored, with the contract version that it names. */
export interface PlannedBatch {
  readonly intent: Intent;
  readonly contract: ContractVersion;
}

/**
 * Whether RAW has rows after the checkpoint, or a batch was begun and not ended. Reads only RAW's metadata. Throws
 * RAW_HISTORY_CHANGED, TABLE_UNSUPPORTED.
 */
export function hasWork(checkpoint: Checkpoint, raw: Table | null): boolean {
  return checkpoint.intent !== null || (raw !== null && endOf(raw.metadata, checkpoint.snapshotId) !== null);
}

/**
 * The topic's next batch, stored before anything is written: the stored one if a run ended in the middle of it, else one
 * over the RAW snapshots after the checkpoint; null: they have no rows. Throws RAW_HISTORY_CHANGED, TABLE_UNSUPPORTED,
 * REBUILD_REQUIRED, CONTRACT_INCOMPATIBLE, MASKING_KEY_MISSING, MASKING_KEY_CHANGED.
 */
export async function nextIntent(
  place: Place,
  lease: Lease,
  checkpoint: Checkpoint,
  raw: Table,
): Promise<PlannedBatch | null> {
  const { topic, intent: stored } = checkpoint;
  if (stored !== null) {
    const contract = await versionOf(place, topic, stored.contractVersion);
    await fingerprintFor(place, contract.topic, stored.maskingKeyFingerprint);
    return { intent: await place.store.storeIntent(lease, stored), contract };
  }
  const end = endOf(raw.metadata, checkpoint.snapshotId);
  if (end === null) return null;
  const contract = await newestVersion(place, await place.contract(topic), false);
  await refuseRebuilds(place, checkpoint, contract);
  const fingerprint = await fingerprintFor(place, contract.topic, checkpoint.maskingKeyFingerprint);
  const scope = scopeOf('incremental', checkpoint, contract, {
    endSnapshotId: end,
    maskingKeyFingerprint: fingerprint,
    selection: null,
  });
  return begin(place, lease, contract, scope);
}

/**
 * A rebuild that was killed may have registered a version that the table, which still has the previous version, cannot
 * follow.
 */
async function refuseRebuilds(
  place: Place,
  checkpoint: Checkpoint,
  contract: ContractVersion,
): Promise<void> {
  const { topic, contractVersion } = checkpoint;
  if (contractVersion === null || contractVersion === contract.version) return;
  const before = await versionOf(place, topic, contractVersion);
  const rebuilds = classifyChange(before.topic, contract.topic).filter(({ effect }) => effect === 'rebuild');
  if (rebuilds.length === 0) return;
  throw new LeanOpsError('REBUILD_REQUIRED', {
    operation: `starting a batch of ${topic}`,
    detail: rebuilds.map(({ detail }) => detail).join('\n'),
    about: { topic },
  });
}

/**
 * A batch over all of RAW that opens the next generation; null: RAW is empty. `keepUnreachable`: rows whose messages
 * retention has removed are carried over. Throws RAW_EXPIRED if there are such rows and they are not carried over.
 */
export async function rebuildIntent(
  place: Place,
  lease: Lease,
  checkpoint: Checkpoint,
  raw: Table,
  keepUnreachable: boolean,
): Promise<PlannedBatch | null> {
  const head = currentSnapshot(raw.metadata);
  if (head === null) return null;
  const file = await place.contract(checkpoint.topic);
  // All refusals come before the contract is registered, so that a refused rebuild leaves nothing behind.
  const fingerprint = await fingerprintFor(place, file.topic, null);
  await refuseUnreachable(place, checkpoint, file.topic, fingerprint, keepUnreachable);
  const contract = await newestVersion(place, file, true);
  const scope = scopeOf('rebuild', checkpoint, contract, {
    endSnapshotId: head['snapshot-id'],
    maskingKeyFingerprint: fingerprint,
    selection: null,
  });
  return begin(place, lease, contract, scope);
}

/**
 * A batch that processes rejected rows again under the newest contract version; null: the topic had no batch yet.
 * Throws REBUILD_REQUIRED or CONTRACT_INCOMPATIBLE if the table cannot follow that version.
 */
export async function redriveIntent(
  place: Place,
  lease: Lease,
  checkpoint: Checkpoint,
  selection: RedriveSelection,
): Promise<PlannedBatch | null> {
  const { topic, snapshotId, maskingKeyFingerprint: known } = checkpoint;
  if (snapshotId === null) return null;
  const contract = await newestVersion(place, await place.contract(topic), false);
  await refuseRebuilds(place, checkpoint, contract);
  const scope = scopeOf('redrive', checkpoint, contract, {
    endSnapshotId: snapshotId,
    maskingKeyFingerprint: await fingerprintFor(place, contract.topic, known),
    selection,
  });
  return begin(place, lease, contract, scope);
}

/** The work of a batch of this kind after the checkpoint. */
function scopeOf(
  kind: BatchKind,
  { topic, snapshotId, generation, batchId }: Checkpoint,
  { version }: ContractVersion,
  rest: Pick<IntentScope, 'endSnapshotId' | 'maskingKeyFingerprint' | 'selection'>,
): IntentScope {
  const form = BATCH_FORMS[kind];
  return {
    kind,
    topic,
    startSnapshotId: form.reads === 'all' ? null : snapshotId,
    generation: form.startsFrom === 'empty' ? generation + 1 : generation,
    contractVersion: version,
    afterBatchId: batchId,
    ...rest,
  };
}

async function begin(
  place: Place,
  lease: Lease,
  contract: ContractVersion,
  scope: IntentScope,
): Promise<PlannedBatch> {
  const intent = {
    ...scope,
    batchId: batchIdOf(scope),
    fencingToken: lease.token,
    createdAt: place.clock(),
  };
  return { intent: await place.store.storeIntent(lease, intent), contract };
}

/** The key's fingerprint; null: the plan masks nothing by hash. Throws MASKING_KEY_MISSING, MASKING_KEY_CHANGED. */
export async function fingerprintFor(
  place: Place,
  topic: Topic,
  known: string | null,
): Promise<string | null> {
  if (!planOf(topic).needsMaskingKey) return null;
  const operation = `starting a batch of ${topic.topic}`;
  const key = await place.maskingKey();
  if (key === null) {
    throw new LeanOpsError('MASKING_KEY_MISSING', {
      operation,
      detail: `${place.paths.maskingKey} does not exist`,
    });
  }
  if (known !== null && known !== key.fingerprint) {
    throw new LeanOpsError('MASKING_KEY_CHANGED', {
      operation,
      detail: `the key's fingerprint is ${key.fingerprint}, not ${known}`,
      about: { topic: topic.topic },
    });
  }
  return key.fingerprint;
}

/**
 * The last snapshot of the next batch; null if no snapshot after `start` added rows. Throws RAW_HISTORY_CHANGED if rows of
 * RAW were changed or deleted since, or if `start` is not an ancestor: a batch over the rest would hide it. Throws
 * TABLE_UNSUPPORTED if a snapshot does not say how many rows it added.
 */
function endOf(raw: TableMetadata, start: bigint | null): bigint | null {
  const head = currentSnapshot(raw);
  if (head === null || head['snapshot-id'] === start) return null;
  let rows = 0n;
  let end: Snapshot | null = null;
  for (const snapshot of appendsBetween(raw, start, head['snapshot-id'])) {
    const added = addedRows(snapshot);
    if (rows > 0n && rows + added > MAX_BATCH_ROWS) break;
    rows += added;
    if (added > 0n) end = snapshot;
  }
  return end?.['snapshot-id'] ?? null;
}
