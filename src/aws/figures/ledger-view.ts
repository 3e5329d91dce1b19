import { LeanOpsError } from '../../errors/error.ts';
import { derivedTable, rawTable } from '../../pipeline/batches/topic-tables.ts';
import { errorsTableName } from '../../semantic/tables.ts';
import type { Checkpoint } from '../../state/checkpoint.ts';
import type { LedgerView } from '../../state/ledger-view.ts';
import type { AwsDeployment } from '../deployment/aws-deployment.ts';

/** Reads take milliseconds and batches take minutes: more moves in a row are not a coincidence. */
const MAX_ATTEMPTS = 5;

/**
 * Figures and table versions of one moment. State and catalog are two services on AWS, so the checkpoint is read before and
 * after the pointers, until both reads agree. Throws STATE_BUSY.
 */
export async function ledgerView(deployment: AwsDeployment, topic: string): Promise<LedgerView> {
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
    const before = await deployment.store.checkpoint(topic);
    const [raw, semantic, errors, deadLetters] = await Promise.all([
      deployment.catalog.metadataLocation(rawTable(topic)),
      deployment.catalog.metadataLocation(derivedTable(topic)),
      deployment.catalog.metadataLocation(derivedTable(errorsTableName(topic))),
      deployment.store.deadLetterCounts(topic),
    ]);
    const checkpoint = await deployment.store.checkpoint(topic);
    if (isSame(before, checkpoint)) return { checkpoint, deadLetters, raw, semantic, errors };
  }
  throw new LeanOpsError('STATE_BUSY', {
    operation: `measuring ${topic}`,
    detail: `the checkpoint moved in each of ${MAX_ATTEMPTS} attempts`,
  });
}

function isSame(one: Checkpoint, other: Checkpoint): boolean {
  return (
    one.batchId === other.batchId &&
    one.intent?.batchId === other.intent?.batchId &&
    // Retention moves it without a batch.
    one.snapshotId === other.snapshotId
  );
}
