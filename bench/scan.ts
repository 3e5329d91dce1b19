import { loadContract } from '../src/contract/load.ts';
import type { Topic } from '../src/contract/model.ts';
import { receive } from '../src/raw/receive.ts';
import { compare, type Measured } from './measure.ts';
import { ORDERS_CONTRACT, orderMessage, randomFrom } from './messages.ts';

const SEED = 7;
/** 2.5 times the rate of `JSON.parse` is 0.4 of its time. */
const TARGET = 0.4;

/** Messages in one buffer, with their start and end offsets. */
interface Input {
  readonly bytes: Buffer;
  readonly places: Int32Array;
}

/** Scanner and envelope on one core, against `JSON.parse` of the same bytes. */
export async function scanRow(messages: number, rounds: number): Promise<Measured> {
  const input = inputOf(messages);
  const topic = ordersTopic();
  return compare(
    {
      name: `scan + envelope of ${messages} messages, JSON.parse`,
      target: TARGET,
      atMost: true,
      ours: async () => expect(scanAll(input, topic), messages),
      yardstick: async () => expect(parseAll(input), messages),
    },
    rounds,
  );
}

function inputOf(messages: number): Input {
  const random = randomFrom(SEED);
  const lines = Array.from({ length: messages }, (_, index) => `${orderMessage(index, messages, random)}\n`);
  const bytes = Buffer.from(lines.join(''));
  const places = new Int32Array(messages * 2);
  for (let at = 0, start = 0; at < messages; at++) {
    const end = bytes.indexOf('\n', start);
    places.set([start, end], at * 2);
    start = end + 1;
  }
  return { bytes, places };
}

export function ordersTopic(): Topic {
  const loaded = loadContract('orders.odcs.yaml', Buffer.from(ORDERS_CONTRACT));
  if (loaded.ok) return loaded.topic;
  throw new Error(loaded.problems.map(({ problem }) => problem).join('; '));
}

function scanAll({ bytes, places }: Input, topic: Topic): number {
  const reception = {
    source: 'file:bench@0',
    ingestionTs: 0n,
    queueTime: null,
    arrivalTime: 0n,
    latestPublishMicros: Number.MAX_SAFE_INTEGER,
  };
  let records = 0;
  for (let at = 0; at < places.length; at += 2) {
    const outcome = receive(bytes, places[at] ?? 0, places[at + 1] ?? 0, topic, reception);
    if (outcome.kind === 'record') records += 1;
  }
  return records;
}

function parseAll({ bytes, places }: Input): number {
  let records = 0;
  for (let at = 0; at < places.length; at += 2) {
    const message = JSON.parse(bytes.toString('utf8', places[at], places[at + 1]));
    if (message.payload !== undefined) records += 1;
  }
  return records;
}

function expect(records: number, messages: number): void {
  if (records !== messages) throw new Error(`${records} of ${messages} messages were taken`);
}
