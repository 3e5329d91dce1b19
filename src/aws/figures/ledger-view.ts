import { LeanOpsError } from '../../errors/error.ts';
import { derivedTable, rawTable } from '../../pipeline/batches/topic-tables.ts';
import { errorsTableName } from '../../semantic/tables.ts';
import type { Checkpoint } from '../../state/checkpoint.ts';
import type { LedgerView } from '../../state/port.ts';
import type { AwsDeployment } from '../deployment/aws-deployment.ts';

/** A checkpoint that moves more often than this while three pointers are read has a storm around it. */
const MAX_ATTEMPTS = 5;

/**
 * Figures and table versions that belong together: state and catalog are two services here, so the checkpoint is read
 * before and after the pointers, until it stood still.
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
    detail: 'the checkpoint kept moving',
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
