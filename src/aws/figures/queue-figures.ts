import { CloudWatchClient, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import {
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  type QueueAttributeName,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { MICROS_PER_SECOND, type Micros } from '../../base/time.ts';
import { awsError } from '../../errors/aws-error.ts';
import { LeanOpsError } from '../../errors/error.ts';
import type { DeploymentOptions } from '../deployment/open-deployment.ts';

/** What SQS and CloudWatch say of a topic's queue. */
export interface QueueFigures {
  /** Messages in the queue: visible, taken by a function just now, or delayed. Approximate, as SQS counts them. */
  waiting(topic: string): Promise<number>;
  /** When the queue was made: nothing was sent before. Microseconds. */
  createdAt(topic: string): Promise<Micros>;
  /** Messages sent in [from, to), by whole periods of a day or, within the last two weeks, of a minute. */
  sent(topic: string, from: Micros, to: Micros, periodSeconds: 60 | 86_400): Promise<number>;
  /** Age of the oldest message in the queue, in seconds; null where it holds none. */
  oldestAge(topic: string, now: Micros): Promise<number | null>;
}

/** CloudWatch keeps hourly sums for 455 days; a figure over less than all time would be no figure of the ledger. */
const KEPT_SECONDS = 455n * 86_400n;
/** The metric of the oldest message's age comes each minute, some minutes late. */
const AGE_WINDOW_SECONDS = 900n;

/** Queue figures over clients of their own. */
export function openQueueFigures({ config, settings, instrument }: DeploymentOptions): QueueFigures {
  const sqs = instrument(new SQSClient(settings));
  return queueFigures(sqs, instrument(new CloudWatchClient(settings)), config.prefix);
}

export function queueFigures(sqs: SQSClient, cloudwatch: CloudWatchClient, prefix: string): QueueFigures {
  const name = (topic: string): string => `${prefix}-${topic}-queue`;
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
      // CloudWatch gives the newest first.
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
        detail: `SQS gave no ${attribute}`,
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

/** Newest first. Throws AWS_UNAVAILABLE where CloudWatch could give a part only: a part is no sum. */
async function metric(client: CloudWatchClient, query: MetricQuery): Promise<readonly number[]> {
  const { queue, name, stat, from, to, periodSeconds } = query;
  const operation = `reading ${name} of ${queue}`;
  if (from < to - KEPT_SECONDS * MICROS_PER_SECOND) {
    throw new LeanOpsError('NOT_FOUND', { operation, detail: 'CloudWatch keeps no figures of 455 days ago' });
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
      const detail = `CloudWatch answered ${result?.StatusCode ?? 'nothing'}`;
      throw new LeanOpsError('AWS_UNAVAILABLE', { operation, detail });
    }
    values.push(...(result?.Values ?? []));
    NextToken = answer.NextToken;
  } while (NextToken !== undefined);
  return values;
}

function floor(at: Micros, periodSeconds: number): Date {
  const period = BigInt(periodSeconds) * MICROS_PER_SECOND;
  return new Date(Number((at - (at % period)) / 1000n));
}

function ceiling(at: Micros, periodSeconds: number): Date {
  return floor(at + BigInt(periodSeconds) * MICROS_PER_SECOND - 1n, periodSeconds);
}
