import type { OnTheWay } from '../../aws/figures/on-the-way.ts';
import type { Figure } from '../../quality/balance.ts';
import type { Json } from '../command/command.ts';
import { counted } from '../terminal/words.ts';

/** Messages of a topic that have not reached RAW, for --json. */
export function onTheWayJson({ topic, inQueue, undelivered, found }: OnTheWay): Json {
  return {
    topic,
    in_queue: inQueue,
    undelivered,
    records: found.map(({ messageId, source, object }) => ({ message_id: messageId, source, object })),
  };
}

/** One line for each record of the message that Firehose could not deliver. */
export function undeliveredLines({ topic, found }: OnTheWay): readonly string[] {
  return found.map(
    ({ source, object }) =>
      `${topic}: Firehose could not deliver reception ${source}; it is in ${object}, see \`redeliver\` in docs/aws.md`,
  );
}

/** Places that may contain the message but cannot be searched; nothing if the counts are 0. */
export function waitingLines({ topic, inQueue, undelivered }: OnTheWay): readonly string[] {
  return [
    ...figureLine(topic, inQueue, 'message', 'in the queue, which cannot be searched'),
    ...figureLine(topic, undelivered, 'record', 'that Firehose could not deliver'),
  ];
}

function figureLine(topic: string, figure: Figure, noun: string, which: string): readonly string[] {
  if (typeof figure !== 'number') return [`${topic}: unknown number of ${noun}s ${which}: ${figure.unknown}`];
  return figure === 0 ? [] : [`${topic}: ${counted(figure, noun)} ${which}`];
}
