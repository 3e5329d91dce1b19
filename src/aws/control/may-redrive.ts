import { decodeBound } from '../../iceberg/bounds.ts';
import { currentSchema, currentSnapshot } from '../../iceberg/metadata.ts';
import { planScan } from '../../iceberg/scan.ts';
import { fieldByName } from '../../iceberg/schema.ts';
import { loadTable } from '../../iceberg/table.ts';
import { derivedTable } from '../../pipeline/batches/topic-tables.ts';
import { versionToCome } from '../../pipeline/contracts/contract-verdict.ts';
import { unstampedErrors } from '../../pipeline/figures/unstamped-errors.ts';
import { errorsTableName } from '../../semantic/tables.ts';
import type { AwsDeployment } from '../deployment/aws-deployment.ts';

/**
 * Whether the topic's errors table may contain rows for a redrive: rows that no redrive has processed and that an
 * earlier contract version rejected. It reads counts and bounds of manifests only, so no engine is started for a no.
 * The job reads the rows and decides about single codes and messages.
 */
export async function mayRedrive(deployment: AwsDeployment, topic: string): Promise<boolean> {
  const errors = await loadTable(deployment.files, deployment.catalog, derivedTable(errorsTableName(topic)));
  if (errors === null) return false;
  const { metadata } = errors;
  if ((await unstampedErrors(deployment.files, metadata)) === 0) return false;
  const version = await versionToCome(deployment, topic);
  const field = fieldByName(currentSchema(metadata), 'contract_version');
  const files = await planScan(deployment.files, metadata, currentSnapshot(metadata));
  return files.some(({ file }) => {
    const lowest = file.lowerBounds?.get(field.id);
    return lowest === undefined || Number(decodeBound('int', lowest)) < version;
  });
}
