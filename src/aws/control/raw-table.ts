import { newSnapshotId } from '../../base/snapshot-id.ts';
import { prepareTable } from '../../iceberg/commit.ts';
import { createTable, evolveTable } from '../../iceberg/define.ts';
import { loadTable } from '../../iceberg/table.ts';
import { RAW_DEFINITION, RAW_NAMESPACE } from '../../raw/table.ts';
import type { AwsDeployment } from '../deployment/aws-deployment.ts';

interface RawTableAccess extends Pick<AwsDeployment, 'files' | 'catalog' | 'clock'> {
  readonly paths: Pick<AwsDeployment['paths'], 'warehouse'>;
}

/**
 * Creates the topic's RAW table, or adds columns that a later release brought: Firehose writes to a table that is
 * there, and Terraform cannot give an Iceberg table its partition spec. Throws COMMIT_CONFLICT in a race.
 */
export async function ensureRawTable(
  deployment: RawTableAccess,
  topic: string,
): Promise<'created' | 'evolved' | 'unchanged'> {
  const ref = { namespace: RAW_NAMESPACE, name: topic };
  const known = await loadTable(deployment.files, deployment.catalog, ref);
  const location = `${deployment.paths.warehouse}/${RAW_NAMESPACE}/${topic}`;
  const now = deployment.clock();
  const table =
    known === null
      ? createTable(ref, location, crypto.randomUUID(), RAW_DEFINITION, now)
      : evolveTable(known, RAW_DEFINITION);
  if (table === known) return 'unchanged';
  const workId = crypto.randomUUID();
  const { swap, metadata } = await prepareTable(deployment.files, table, {
    workId,
    now,
    summary: {},
    newSnapshotId,
  });
  await deployment.catalog.swap(swap, metadata);
  return known === null ? 'created' : 'evolved';
}
