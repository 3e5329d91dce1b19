import { stateTableName } from '../../state/dynamodb/tables.ts';
import type { AwsConfig } from '../deployment/config.ts';
import { artifactUris } from './artifacts.ts';
import type { Holder } from './lease.ts';

/** Means that there is no masking key: Glue accepts no empty argument. */
const NO_SECRET = '-';

/** The arguments of semantic_job.py for the plan of that id. Glue accepts texts only. */
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
    '--locks_table': stateTableName(config.prefix, 'locks'),
    '--checkpoints_table': stateTableName(config.prefix, 'checkpoints'),
    '--lease_owner': owner,
    '--fencing_token': fencingToken.toString(),
    '--masking_secret': masks ? config.maskingSecret : NO_SECRET,
  };
}
