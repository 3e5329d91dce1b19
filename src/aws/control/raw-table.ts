import { newSnapshotId } from '../../base/snapshot-id.ts';
import { prepareTable } from '../../iceberg/commit.ts';
import { createTable, evolveTable } from '../../iceberg/define.ts';
import { loadTable } from '../../iceberg/table.ts';
import { RAW_DEFINITION, RAW_NAMESPACE } from '../../raw/table.ts';
import type { AwsDeployment } from '../deployment/aws-deployment.ts';

/** What the creation of a RAW table needs of the deployment. */
interface RawTableAccess extends Pick<AwsDeployment, 'files' | 'catalog' | 'clock'> {
  readonly paths: Pick<AwsDeployment['paths'], 'warehouse'>;
}

/**
 * Creates the topic's RAW table, or adds the columns of a later release. Firehose writes only to a table that exists, and
 * Terraform cannot create an Iceberg table with a partition spec. Throws COMMIT_CONFLICT if another writer was faster.
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
