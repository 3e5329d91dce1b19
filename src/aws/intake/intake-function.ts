import type { Context, SQSBatchItemFailure, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type { Micros } from '../../base/time.ts';
import type { Topic } from '../../contract/model.ts';
import { LeanOpsError } from '../../errors/error.ts';
import type { IntakeCounts } from '../../quality/ledger.ts';
import { type DrainAccess, type DrainOutcome, drain } from './drain.ts';
import { type IntakeAccess, type IntakeOutcome, processBatch } from './process-batch.ts';
import { queueMessage, topicOfQueue } from './queue-message.ts';
import { type RedeliverAccess, type RedeliverOutcome, redeliver } from './redeliver.ts';

/**
 * The intake: how messages get into RAW on AWS. It is the counterpart of `ingest`, which reads files and standard input
 * on one machine (src/embedded/ingest). Ingest pulls: it owns a source, remembers its offset, and commits RAW itself.
 * The intake is pushed: SQS delivers batches to it and keeps unconfirmed messages, and Firehose commits RAW. Both use
 * the same scanner (src/raw), so both produce the same record or the same dead letter for a message.
 */

/** Calls that are not from SQS: a schedule drains the central queue, and a person redelivers undelivered records. */
export interface ActionRequest {
  readonly action: 'drain' | 'redeliver';
}

/** Entries of logs and metrics. They contain no text of a message. */
export interface IntakeReports {
  batch(topic: string, outcome: IntakeOutcome): void;
  drained(outcome: DrainOutcome): void;
  redelivered(outcome: RedeliverOutcome): void;
  /** The day's figures of a topic could not be counted. */
  uncounted(topic: string, error: unknown): void;
}

/** What the intake works with. */
export interface IntakeFunction extends IntakeAccess, RedeliverAccess {
  readonly prefix: string;
  readonly store: DrainAccess['store'];
  readonly topics: ReadonlyMap<string, Topic>;
  /** Counts receptions for display. Called once for each topic of an invocation. */
  readonly countIntake: (topic: string, counts: IntakeCounts, at: Micros, caller: string) => Promise<void>;
  readonly clock: () => Micros;
  readonly reports: IntakeReports;
}

/** Drain and redelivery stop when the function has less time than this: longer than one call of AWS with its retries. */
const RESERVE_MS = 8_000;

/**
 * Takes a batch of messages. SQS keeps the messages that the answer names, and deletes the others. Powertools' batch
 * processor is not used: it reads the environment several times for each message, which would cost as much as the scanner.
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
): Promise<IntakeOutcome> {
  const name = topicOfQueue(deployment.prefix, arn);
  const topic = name === null ? undefined : deployment.topics.get(name);
  if (topic === undefined) {
    throw new LeanOpsError('TOPIC_UNKNOWN', {
      operation: 'taking messages',
      detail: `the deployment package has no contract for queue ${arn}`,
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

/** The messages have their fates already, so a figure for display must not fail the batch. */
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

/** Throws USAGE; or, after everything was tried, the first failure, so that the invocation counts as failed. */
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
    detail: 'its action is neither "drain" nor "redeliver"',
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
