import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GlueClient } from '@aws-sdk/client-glue';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SNSClient } from '@aws-sdk/client-sns';
import { systemClock } from '../../base/time.ts';
import { listTopics, readContract } from '../../contract/contract-folder.ts';
import { awsError } from '../../errors/aws-error.ts';
import { openDynamoStore } from '../../state/dynamodb/store.ts';
import type { AwsDeployment } from './aws-deployment.ts';
import type { ClientSettings } from './client-settings.ts';
import type { AwsConfig } from './config.ts';
import { glueCatalog } from './glue-catalog.ts';
import { readMaskingKey } from './masking-secret.ts';
import { s3Address, s3Files } from './s3-files.ts';
import { snsSink } from './sns-sink.ts';

export interface DeploymentOptions {
  readonly config: AwsConfig;
  readonly settings: ClientSettings;
  /** Folder of the contracts, which are bundled with a handler's code. */
  readonly topics: string;
  /** For tracing. Called once with each client. */
  readonly instrument: <T extends object>(client: T) => T;
}

/** Connects to nothing: each client connects when it is first used. */
export function openDeployment({ config, settings, topics, instrument }: DeploymentOptions): AwsDeployment {
  const clock = systemClock;
  const s3 = instrument(new S3Client(settings));
  const secrets = instrument(new SecretsManagerClient(settings));
  const client = instrument(new DynamoDBClient(settings));
  return {
    config,
    clock,
    // Owners are executions. The cleanup rule or the lease's expiry ends the lease of a dead one.
    store: openDynamoStore({ client, prefix: config.prefix, isOwnerDead: async () => false }),
    catalog: glueCatalog(instrument(new GlueClient(settings)), config),
    files: s3Files(s3),
    putObject: async (location, bytes) => {
      try {
        await s3.send(new PutObjectCommand({ ...s3Address(location), Body: bytes }));
      } catch (cause) {
        throw awsError(`writing ${location}`, cause);
      }
    },
    paths: {
      maskingKey: `the secret ${config.maskingSecret}`,
      warehouse: `s3://${config.warehouseBucket}`,
    },
    maskingKey: () => readMaskingKey(secrets, config.maskingSecret),
    topicNames: () => listTopics(topics),
    contract: (topic) => readContract(topics, topic),
    alertSinks: [snsSink(instrument(new SNSClient(settings)), config.alertsTopicArn)],
  };
}
