import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { FirehoseClient } from '@aws-sdk/client-firehose';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { hoursToMicros, systemClock } from '../../base/time.ts';
import { DEFAULTS } from '../../pipeline/settings.ts';
import { openDynamoStore } from '../../state/dynamodb/store.ts';
import { bundledContracts } from '../deployment/bundled-contracts.ts';
import type { DeploymentOptions } from '../deployment/open-deployment.ts';
import { s3Files } from '../deployment/s3-files.ts';
import type { IntakeFunction, IntakeReports } from './intake-function.ts';

/** How far a producer's clock may be ahead: the default of a new workspace. */
const MAX_FUTURE_MICROS = hoursToMicros(DEFAULTS.maxFutureHours);
/**
 * Limits of one call, times in milliseconds. A call that hangs must end before the function does. Otherwise SQS delivers a
 * batch again whose messages all have their fates.
 */
const CALLS = {
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 4_000, throwOnRequestTimeout: true },
} as const;

/** The intake with clients of its own. They connect when they are first used. Throws CONFIG_INVALID, CONTRACT_INVALID. */
export function openIntake(
  { config, settings, topics, instrument }: DeploymentOptions,
  reports: IntakeReports,
): IntakeFunction {
  const calls = { ...CALLS, ...settings };
  const client = instrument(new DynamoDBClient(calls));
  // The intake acquires no lease, so this is never called.
  const store = openDynamoStore({ client, prefix: config.prefix, isOwnerDead: async () => false });
  const s3 = instrument(new S3Client(calls));
  return {
    topics: bundledContracts(topics),
    prefix: config.prefix,
    firehose: instrument(new FirehoseClient(calls)),
    s3,
    files: s3Files(s3),
    sqs: instrument(new SQSClient(calls)),
    store,
    stream: config.firehoseStream,
    bucket: config.deadLettersBucket,
    errorsBucket: config.firehoseErrorsBucket,
    dlqUrl: config.dlqUrl,
    maxFutureMicros: MAX_FUTURE_MICROS,
    clock: systemClock,
    countIntake: (topic, counts, at, caller) => store.countIntake(topic, counts, at, caller),
    reports,
  };
}
