import { unknownBecause } from '../../pipeline/unknown.ts';
import type { Figure } from '../../quality/balance.ts';
import type { AwsDeployment } from '../deployment/aws-deployment.ts';
import { readUndelivered, receptionOf, undeliveredFolder } from '../intake/undelivered.ts';
import type { QueueFigures } from './queue-figures.ts';

/** Messages of a topic between its queue and RAW. Records inside the stream cannot be seen. */
export interface OnTheWay {
  readonly topic: string;
  /** Messages in the queue. A queue cannot be searched: reading a message is a reception. */
  readonly inQueue: Figure;
  /** Records that Firehose could not deliver. */
  readonly undelivered: Figure;
  /** Undelivered records of the message in question. */
  readonly found: readonly FoundRecord[];
}

export interface FoundRecord {
  readonly messageId: string;
  /** The reception id. */
  readonly source: string;
  /** s3:// URI of the object that holds the record. */
  readonly object: string;
}

/** Counts what is under way for each topic, and finds the records of one message; `messageId` null: finds none. */
export async function onTheWay(
  deployment: Pick<AwsDeployment, 'files' | 'config'>,
  queues: QueueFigures,
  topics: readonly string[],
  messageId: string | null,
): Promise<readonly OnTheWay[]> {
  const records = await undeliveredRecords(deployment);
  return Promise.all(
    topics.map(async (topic): Promise<OnTheWay> => {
      const inQueue = await queues.waiting(topic).catch(unknownBecause);
      if ('unknown' in records) return { topic, inQueue, undelivered: records, found: [] };
      const own = records.all.filter((record) => record.topic === topic);
      const found = own.filter((record) => record.messageId === messageId);
      return { topic, inQueue, undelivered: own.length, found };
    }),
  );
}

type Undelivered = { readonly all: readonly (FoundRecord & { readonly topic: string })[] };

async function undeliveredRecords({
  files,
  config,
}: Pick<AwsDeployment, 'files' | 'config'>): Promise<Undelivered | { readonly unknown: string }> {
  const all: (FoundRecord & { topic: string })[] = [];
  try {
    for (const { location } of await files.list(undeliveredFolder(config.firehoseErrorsBucket))) {
      for (const { topic, data } of await readUndelivered(files, location)) {
        all.push({ topic, ...receptionOf(location, data), object: location });
      }
    }
    return { all };
  } catch (error) {
    return unknownBecause(error);
  }
}
