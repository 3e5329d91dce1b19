import type { Topic } from '../../src/contract/model.ts';
import { recordOf } from '../../src/raw/encoded-record.ts';
import { receive } from '../../src/raw/receive.ts';
import type { Reception } from '../../src/raw/reception.ts';
import type { RawRecord, Refusal } from '../../src/raw/record.ts';

export function topicOf(more: Partial<Topic> = {}): Topic {
  return {
    topic: 'things',
    contractVersion: '1.0.0',
    hash: '',
    columns: [],
    key: [],
    envelope: 'auto',
    idempotencyKeyPath: null,
    publishTimePath: null,
    acceptNumericStrings: false,
    onTypeMismatch: 'null',
    compatibility: 'BACKWARD',
    freshness: { warnSeconds: 1, lateSeconds: 2 },
    driftMuted: [],
    rules: [],
    retentionSeconds: null,
    description: null,
    ...more,
  };
}

/** 2024-05-01T00:00:00Z */
export const ARRIVAL = 1_714_521_600_000_000n;

export function receptionOf(more: Partial<Reception> = {}): Reception {
  return {
    source: 'file:abc@0',
    ingestionTs: ARRIVAL,
    queueTime: null,
    arrivalTime: ARRIVAL,
    latestPublishMicros: Number(ARRIVAL) + 86_400_000_000,
    ...more,
  };
}

export type Received =
  | { readonly kind: 'record'; readonly record: RawRecord }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

/** Receives a message with other bytes around it, so that reading beyond its ends is noticed. */
export function receiveBytes(
  message: Uint8Array | string,
  topic: Topic = topicOf(),
  reception: Reception = receptionOf(),
): Received {
  const body = Buffer.from(message);
  const bytes = Buffer.concat([Buffer.from('{"x":"'), body, Buffer.from('","y":1}\n')]);
  const outcome = receive(bytes, 6, 6 + body.length, topic, reception);
  if (outcome.kind === 'refused') return outcome;
  return { kind: 'record', record: recordOf(outcome, topic.topic, reception) };
}

/** The record. Fails the test if there is none. */
export function accept(message: Uint8Array | string, topic?: Topic, reception?: Reception): RawRecord {
  const received = receiveBytes(message, topic, reception);
  if (received.kind === 'record') return received.record;
  throw new Error(`refused: ${received.refusal.code} at ${received.refusal.offset}`);
}

/** The refusal. Fails the test if there is none. */
export function refuse(message: Uint8Array | string, topic?: Topic, reception?: Reception): Refusal {
  const received = receiveBytes(message, topic, reception);
  if (received.kind === 'refused') return received.refusal;
  throw new Error('accepted');
}

/** A bare message around one value. */
export function around(value: string): string {
  return `{"idempotency_key":"k","v":${value}}`;
}
