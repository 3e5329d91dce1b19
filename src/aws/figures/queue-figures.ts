import { CloudWatchClient, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import {
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  type QueueAttributeName,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { MICROS_PER_MS, MICROS_PER_SECOND, type Micros } from '../../base/time.ts';
import { awsError } from '../../errors/aws-error.ts';
import { LeanOpsError } from '../../errors/error.ts';
import type { DeploymentOptions } from '../deployment/open-deployment.ts';
import { topicQueueName } from '../intake/queue-message.ts';

/** Figures of a topic's queue, by SQS and CloudWatch. Each throws AWS_UNAVAILABLE, AWS_REFUSED. */
export interface QueueFigures {
  /** Messages in the queue: visible, in flight, or delayed. SQS counts them approximately. */
  waiting(topic: string): Promise<number>;
  /** When the queue was created, in microseconds: nothing was sent before. */
  createdAt(topic: string): Promise<Micros>;
  /**
   * Messages sent in [from, to), in whole periods of a day or, within the last two weeks, of a minute. Throws NOT_FOUND if
   * CloudWatch no longer keeps figures of `from`.
   */
  sent(topic: string, from: Micros, to: Micros, periodSeconds: 60 | 86_400): Promise<number>;
  /** Age of the oldest message in the queue, in seconds; null if the queue is empty. */
  oldestAge(topic: string, now: Micros): Promise<number | null>;
}

/** CloudWatch keeps hourly sums for 455 days. A sum that lacks the time before cannot be compared with the ledger. */
const KEPT_SECONDS = 455n * 86_400n;
/** CloudWatch gets the age of the oldest message once a minute, some minutes late. */
const AGE_WINDOW_SECONDS = 900n;

/** Queue figures over clients of their own. */
export function openQueueFigures({ config, settings, instrument }: DeploymentOptions): QueueFigures {
  const sqs = instrument(new SQSClient(settings));
  return queueFigures(sqs, instrument(new CloudWatchClient(settings)), config.prefix);
}

/** Figures of the topics' queues, from SQS and CloudWatch. `prefix`: of the deployment's names. */
export function queueFigures(sqs: SQSClient, cloudwatch: CloudWatchClient, prefix: string): QueueFigures {
  const name = (topic: string): string => topicQueueName(prefix, topic);
  const attributes = (topic: string) => queueAttributes(sqs, name(topic));
  const waiting = async (topic: string): Promise<number> => {
    const { visible, taken, delayed } = await attributes(topic);
    return visible + taken + delayed;
  };
  return {
    waiting,
    createdAt: async (topic) => (await attributes(topic)).createdAt,
    sent: async (topic, from, to, periodSeconds) => {
      const values = await metric(cloudwatch, { queue: name(topic), from, to, periodSeconds, ...SENT });
      return values.reduce((sum, each) => sum + each, 0);
    },
    oldestAge: async (topic, now) => {
      if ((await waiting(topic)) === 0) return null;
      const from = now - AGE_WINDOW_SECONDS * MICROS_PER_SECOND;
      const values = await metric(cloudwatch, {
        queue: name(topic),
        from,
        to: now,
        periodSeconds: 60,
        ...AGE,
      });
      // The newest value comes first.
      return values[0] ?? 0;
    },
  };
}

const SENT = { name: 'NumberOfMessagesSent', stat: 'Sum' } as const;
const AGE = { name: 'ApproximateAgeOfOldestMessage', stat: 'Maximum' } as const;

interface MetricQuery {
  readonly queue: string;
  readonly name: string;
  readonly stat: string;
  readonly from: Micros;
  readonly to: Micros;
  readonly periodSeconds: number;
}

async function queueAttributes(sqs: SQSClient, QueueName: string) {
  try {
    const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName }));
    const { Attributes = {} } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }),
    );
    const figure = (attribute: QueueAttributeName): number => {
      const value = Math.floor(Number(Attributes[attribute] ?? Number.NaN));
      if (Number.isSafeInteger(value)) return value;
      throw new LeanOpsError('AWS_REFUSED', {
        operation: `looking at the queue ${QueueName}`,
        detail: `SQS returned no ${attribute}`,
      });
    };
    return {
      visible: figure('ApproximateNumberOfMessages'),
      taken: figure('ApproximateNumberOfMessagesNotVisible'),
      delayed: figure('ApproximateNumberOfMessagesDelayed'),
      createdAt: BigInt(figure('CreatedTimestamp')) * MICROS_PER_SECOND,
    };
  } catch (cause) {
    throw awsError(`looking at the queue ${QueueName}`, cause);
  }
}

/** Values of a metric, newest first. Throws AWS_UNAVAILABLE if CloudWatch returns only a part: its sum would be wrong. */
async function metric(client: CloudWatchClient, query: MetricQuery): Promise<readonly number[]> {
  const { queue, name, stat, from, to, periodSeconds } = query;
  const operation = `reading ${name} of ${queue}`;
  if (from < to - KEPT_SECONDS * MICROS_PER_SECOND) {
    throw new LeanOpsError('NOT_FOUND', {
      operation,
      detail: 'CloudWatch keeps figures for 455 days, and the queue is older',
    });
  }
  const MetricStat = {
    Metric: {
      Namespace: 'AWS/SQS',
      MetricName: name,
      Dimensions: [{ Name: 'QueueName', Value: queue }],
    },
    Period: periodSeconds,
    Stat: stat,
  };
  const values: number[] = [];
  let NextToken: string | undefined;
  do {
    const command = new GetMetricDataCommand({
      MetricDataQueries: [{ Id: 'figure', MetricStat }],
      StartTime: floor(from, periodSeconds),
      EndTime: ceiling(to, periodSeconds),
      ScanBy: 'TimestampDescending',
      NextToken,
    });
    const answer = await client.send(command).catch((cause) => {
      throw awsError(operation, cause);
    });
    const [result] = answer.MetricDataResults ?? [];
    if (result?.StatusCode !== 'Complete' && answer.NextToken === undefined) {
      const detail = `CloudWatch answered with status ${result?.StatusCode ?? 'none'}`;
      throw new LeanOpsError('AWS_UNAVAILABLE', { operation, detail });
    }
    values.push(...(result?.Values ?? []));
    NextToken = answer.NextToken;
  } while (NextToken !== undefined);
  return values;
}

function floor(at: Micros, periodSeconds: number): Date {
  const period = BigInt(periodSeconds) * MICROS_PER_SECOND;
  return new Date(Number((at - (at % period)) / MICROS_PER_MS));
}

function ceiling(at: Micros, periodSeconds: number): Date {
  return floor(at + BigInt(periodSeconds) * MICROS_PER_SECOND - 1n, periodSeconds);
}
