import type { Context, SQSBatchItemFailure, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type { Micros } from '../../base/time.ts';
import type { Topic } from '../../contract/model.ts';
import { LeanOpsError } from '../../errors/error.ts';
import type { IntakeCounts } from '../../quality/ledger.ts';
import { type DrainOutcome, type DrainPlace, drain } from './drain.ts';
import { type BatchOutcome, type IntakePlace, processBatch } from './process-batch.ts';
import { queueMessage, topicOfQueue } from './queue-message.ts';
import { type RedeliverOutcome, type RedeliverPlace, redeliver } from './redeliver.ts';

/**
 * What else the function is asked to do: a schedule lets it take care of what SQS moved to the central queue, a person
 * of what Firehose could not deliver.
 */
export interface ActionRequest {
  readonly action: 'drain' | 'redeliver';
}

/** What people and metrics hear; none of it holds payload text. */
export interface IntakeReports {
  batch(topic: string, outcome: BatchOutcome): void;
  drained(outcome: DrainOutcome): void;
  redelivered(outcome: RedeliverOutcome): void;
  uncounted(topic: string, error: unknown): void;
}

export interface IntakeFunction extends IntakePlace, RedeliverPlace {
  readonly prefix: string;
  readonly store: DrainPlace['store'];
  readonly topics: ReadonlyMap<string, Topic>;
  /** For display; told once for each topic of an invocation. */
  readonly countIntake: (topic: string, counts: IntakeCounts, at: Micros, caller: string) => Promise<void>;
  readonly clock: () => Micros;
  readonly reports: IntakeReports;
}

/** Drain and redelivery end so long before the function's time is up. */
const RESERVE_MS = 8_000;

/**
 * Takes a batch of a topic's queue; SQS keeps what the answer names. Written by hand: Powertools' batch processor reads
 * the environment several times for each message, which would cost as much as the scanner.
 */
export async function intake(
  deployment: IntakeFunction,
  event: SQSEvent,
  context: Context,
): Promise<SQSBatchResponse> {
  const batchItemFailures: SQSBatchItemFailure[] = [];
  for (const [arn, records] of Map.groupBy(event.Records, (record) => record.eventSourceARN)) {
    const { failures } = await takeRecords(deployment, arn, records, context.awsRequestId);
    for (const messageId of failures.keys()) batchItemFailures.push({ itemIdentifier: messageId });
  }
  return { batchItemFailures };
}

async function takeRecords(
  deployment: IntakeFunction,
  arn: string,
  records: readonly SQSRecord[],
  caller: string,
): Promise<BatchOutcome> {
  const name = topicOfQueue(deployment.prefix, arn);
  const topic = name === null ? undefined : deployment.topics.get(name);
  if (topic === undefined) {
    throw new LeanOpsError('TOPIC_UNKNOWN', {
      operation: 'taking messages',
      detail: `no contract lies beside the code for queue ${arn}`,
      remedy: 'Deploy function and queues together: `npm run build:lambda`, then `terraform apply`.',
    });
  }
  const now = deployment.clock();
  const outcome = await processBatch(deployment, topic, records.map(messageOf), now);
  deployment.reports.batch(topic.topic, outcome);
  if (outcome.counts.received > 0) await count(deployment, topic.topic, outcome.counts, now, caller);
  return outcome;
}

function messageOf(record: SQSRecord) {
  const { messageId, body, attributes, messageAttributes } = record;
  return queueMessage({
    messageId,
    body,
    sentAt: attributes.SentTimestamp,
    receiveCount: attributes.ApproximateReceiveCount,
    attributes: messageAttributes,
  });
}

/** The messages have their fates; a figure for display is no reason to take them again. */
async function count(
  deployment: IntakeFunction,
  topic: string,
  counts: IntakeCounts,
  at: Micros,
  caller: string,
) {
  try {
    await deployment.countIntake(topic, counts, at, caller);
  } catch (error) {
    deployment.reports.uncounted(topic, error);
  }
}

/** Throws USAGE, and the first failure once all has been tried, so that the invocation counts as failed. */
export async function actOn(
  deployment: IntakeFunction,
  { action }: ActionRequest,
  context: Context,
): Promise<DrainOutcome | RedeliverOutcome> {
  const isTimeUp = (): boolean => context.getRemainingTimeInMillis() < RESERVE_MS;
  if (action === 'drain') return drainCentralQueue(deployment, isTimeUp);
  if (action === 'redeliver') return redeliverRecords(deployment, isTimeUp);
  throw new LeanOpsError('USAGE', {
    operation: 'reading the event',
    detail: 'its action is neither drain nor redeliver',
    remedy: 'Send {"action":"drain"} or {"action":"redeliver"}.',
  });
}

async function drainCentralQueue(deployment: IntakeFunction, isTimeUp: () => boolean): Promise<DrainOutcome> {
  const outcome = await drain(deployment, deployment.clock(), isTimeUp);
  deployment.reports.drained(outcome);
  const [failure] = outcome.failures;
  if (failure !== undefined) throw failure;
  return outcome;
}

async function redeliverRecords(
  deployment: IntakeFunction,
  isTimeUp: () => boolean,
): Promise<RedeliverOutcome> {
  const outcome = await redeliver(deployment, isTimeUp);
  deployment.reports.redelivered(outcome);
  if (outcome.failure !== null) throw outcome.failure;
  return outcome;
}
