import { tableName } from '../../state/dynamodb/tables.ts';
import type { AwsConfig } from '../deployment/config.ts';
import { artifactUris } from './artifacts.ts';
import type { Holder } from './lease.ts';

/** Stands for no masking key: Glue takes no empty argument. */
const NO_SECRET = '-';

/** What semantic_job.py is started with on the plan of that id. Glue takes texts only. */
export function jobArguments(
  config: AwsConfig,
  { topic, owner, fencingToken }: Holder,
  id: string,
  masks: boolean,
): Readonly<Record<string, string>> {
  const { plan, outcome } = artifactUris(config, topic, id);
  return {
    '--topic': topic,
    '--batch_id': id,
    '--plan_uri': plan,
    '--outcome_uri': outcome,
    '--locks_table': tableName(config.prefix, 'locks'),
    '--checkpoints_table': tableName(config.prefix, 'checkpoints'),
    '--lease_owner': owner,
    '--fencing_token': fencingToken.toString(),
    '--masking_secret': masks ? config.maskingSecret : NO_SECRET,
  };
}
