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

/** A batch of more RAW rows than this is cut at a snapshot, so that a long absence does not become one huge batch. */
const MAX_BATCH_ROWS = 4_000_000n;

export interface PlannedBatch {
  readonly intent: Intent;
  readonly contract: ContractVersion;
}

/** Whether RAW holds rows behind the checkpoint, or a batch was begun and not ended. Reads no table but RAW's metadata. */
export function hasWork(checkpoint: Checkpoint, raw: Table | null): boolean {
  return checkpoint.intent !== null || (raw !== null && endOf(raw.metadata, checkpoint.snapshotId) !== null);
}

/**
 * What the topic's next batch is, stored before anything is written: the stored one where a run ended in its middle,
 * else one over the RAW snapshots behind the checkpoint; null where there are none with rows.
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

/** A rebuild that was killed may have registered a version that the table, still of the one before, can't follow. */
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
 * A batch over all of RAW that opens the next generation; null where RAW is empty. `keepUnreachable`: rows whose
 * messages retention has removed are taken over. Throws RAW_EXPIRED where there are such, and they are not to be.
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
  // Whatever refuses does so before the contract is registered: undone, it is as if it had never been.
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
 * A batch that takes rejected rows again under the newest contract version; null before the topic's first batch. Throws
 * REBUILD_REQUIRED, CONTRACT_INCOMPATIBLE where the table cannot follow that version.
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

/** What a batch of this kind does behind the checkpoint. */
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

/** The key's fingerprint where the plan masks by hash. Throws MASKING_KEY_MISSING, MASKING_KEY_CHANGED. */
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
      detail: `fingerprint ${key.fingerprint}, not ${known}`,
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
