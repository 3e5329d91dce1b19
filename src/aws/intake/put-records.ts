import { setTimeout } from 'node:timers/promises';
import { type FirehoseClient, PutRecordBatchCommand } from '@aws-sdk/client-firehose';
import { backoffMs } from '../../base/retry.ts';
import { awsError } from '../../errors/aws-error.ts';
import { LeanOpsError } from '../../errors/error.ts';
import type { QueueMessage } from './queue-message.ts';
import { splitRecords } from './split-records.ts';

/** Records that Firehose refused are put again after 100, 200 and 400 ms with jitter. After that, SQS delivers them again. */
const MAX_ATTEMPTS = 4;
const FIRST_PAUSE_MS = 100;

export interface StreamRecord {
  readonly message: Pick<QueueMessage, 'messageId'>;
  readonly data: Uint8Array;
}

/** Why a record could not be put, by the id of its message. */
export type Failures = Map<string, LeanOpsError>;

/**
 * Puts records into the stream, and adds each record to `failures` that may not be in it. After a lost answer, such a
 * record may be in the stream and is then delivered twice. The semantic job counts the second one as a duplicate.
 */
export async function putRecords(
  client: FirehoseClient,
  stream: string,
  records: readonly StreamRecord[],
  failures: Failures,
): Promise<void> {
  await Promise.all(splitRecords(records).map((request) => putRequest(client, stream, request, failures)));
}

async function putRequest(
  client: FirehoseClient,
  stream: string,
  request: readonly StreamRecord[],
  failures: Failures,
): Promise<void> {
  let left = request;
  for (let attempt = 1; ; attempt++) {
    const refused = await putOnce(client, stream, left, failures);
    if (refused.length === 0) return;
    if (attempt === MAX_ATTEMPTS) {
      for (const { record, code } of refused)
        failures.set(record.message.messageId, refusedError(stream, code));
      return;
    }
    await setTimeout(backoffMs(FIRST_PAUSE_MS, attempt, Math.random()));
    left = refused.map(({ record }) => record);
  }
}

interface Refused {
  readonly record: StreamRecord;
  readonly code: string;
}

/** The records that Firehose refused one by one. If the call fails as a whole, its records are noted and not repeated. */
async function putOnce(
  client: FirehoseClient,
  stream: string,
  records: readonly StreamRecord[],
  failures: Failures,
): Promise<readonly Refused[]> {
  const command = new PutRecordBatchCommand({
    DeliveryStreamName: stream,
    Records: records.map(({ data }) => ({ Data: data })),
  });
  try {
    const { FailedPutCount, RequestResponses } = await client.send(command);
    if (FailedPutCount === 0) return [];
    return records.flatMap((record, index) => {
      const answer = RequestResponses?.[index];
      const isPut = answer?.RecordId !== undefined && answer.ErrorCode === undefined;
      return isPut ? [] : [{ record, code: answer?.ErrorCode ?? 'the answer lacks the record' }];
    });
  } catch (error) {
    // The SDK has retried the call already.
    const failure = awsError(`putting records into ${stream}`, error);
    for (const { message } of records) failures.set(message.messageId, failure);
    return [];
  }
}

function refusedError(stream: string, code: string): LeanOpsError {
  const operation = `putting records into ${stream}`;
  return new LeanOpsError('AWS_UNAVAILABLE', { operation, detail: `Firehose refused the record: ${code}` });
}
