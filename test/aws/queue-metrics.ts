import { type Amendment, type AwsAnswer, jsonAnswer } from './proxy.ts';

/** CloudWatch's metrics of SQS, which moto lacks: sends are counted as they pass the proxy. */
export interface QueueMetrics {
  readonly amendment: Amendment;
  /** Moves all sends into the past. */
  age(seconds: number): void;
  /** Age of a queue's oldest message in CloudWatch, in seconds. */
  readonly oldest: Map<string, number>;
  /** Whether CloudWatch answers. */
  isDown: boolean;
}

interface Query {
  readonly Id: string;
  readonly MetricStat: {
    readonly Metric: {
      readonly MetricName: string;
      readonly Dimensions: readonly { readonly Value: string }[];
    };
    readonly Period: number;
  };
}

export function queueMetrics(): QueueMetrics {
  let sends: { readonly queue: string; readonly at: number }[] = [];
  const oldest = new Map<string, number>();
  const metrics: QueueMetrics = {
    isDown: false,
    oldest,
    age: (seconds) => {
      sends = sends.map(({ queue, at }) => ({ queue, at: at - seconds }));
    },
    amendment: async (call, pass) => {
      const { target, body } = call;
      if (target === 'AmazonSQS.SendMessage' || target === 'AmazonSQS.SendMessageBatch') {
        const { QueueUrl, Entries = [null] } = JSON.parse(body.toString('utf8'));
        const answer = await pass(call);
        const queue = String(QueueUrl).split('/').at(-1) ?? '';
        const at = Date.now() / 1000;
        if (answer.status === 200) sends.push(...Entries.map(() => ({ queue, at })));
        return answer;
      }
      if (target === 'AmazonSQS.GetQueueAttributes') return older(await pass(call));
      if (target !== 'GraniteServiceVersion20100801.GetMetricData') return null;
      if (metrics.isDown) return jsonAnswer(503, { __type: 'ServiceUnavailable', message: 'down' });
      const { MetricDataQueries, StartTime, EndTime } = JSON.parse(body.toString('utf8'));
      const results = MetricDataQueries.map(({ Id, MetricStat }: Query) => {
        const queue = MetricStat.Metric.Dimensions[0]?.Value ?? '';
        const points = MetricStat.Metric.MetricName === 'NumberOfMessagesSent' ? sums(queue) : ages(queue);
        const within = points.filter(([at]) => at >= StartTime && at < EndTime);
        return {
          Id,
          StatusCode: 'Complete',
          Timestamps: within.map(([at]) => at),
          Values: within.map(([, value]) => value),
        };
      });
      return jsonAnswer(200, { MetricDataResults: results });
    },
  };
  const sums = (queue: string): (readonly [number, number])[] =>
    sends.filter((each) => each.queue === queue).map(({ at }) => [at, 1]);
  const ages = (queue: string): (readonly [number, number])[] => {
    const age = oldest.get(queue);
    return age === undefined ? [] : [[Date.now() / 1000 - 1, age]];
  };
  return metrics;
}

const DAY_SECONDS = 86_400;

/** Queues are older than the messages in them, also if sends are moved into the past. */
function older(answer: AwsAnswer): AwsAnswer {
  const body = JSON.parse(answer.body.toString('utf8'));
  if (body.Attributes?.CreatedTimestamp === undefined) return answer;
  body.Attributes.CreatedTimestamp = String(Math.floor(Date.now() / 1000) - DAY_SECONDS);
  return { ...answer, body: Buffer.from(JSON.stringify(body)) };
}
