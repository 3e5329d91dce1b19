import type { Topic } from '../../src/contract/model.ts';
import { Refused } from './json.ts';
import { type ModelMessage, receiveModel } from './receive.ts';
import { type Fate, SemanticModel } from './semantic.ts';

/** The outcome of one delivery, in messages. */
export interface DeliveryFates extends Record<Fate, number> {
  readonly received: number;
  readonly raw: number;
  readonly dead_lettered: number;
  readonly by_error: Readonly<Record<string, number>>;
}

/** The fate of a message: the decision of its batch, until the message is erased or expires. */
export interface LoggedMessage {
  readonly messageId: string;
  readonly fate: Fate | 'erased' | 'expired';
  /** As JSON, as the table shows it; null if it cannot be read. */
  readonly key: string | null;
}

const NEWLINE = 0x0a;
const DAY_MICROS = 86_400_000_000n;

/** Ingest and semantic job of one topic, in memory. Each delivery is one batch. */
export class ModelPipeline {
  readonly semantic: SemanticModel;
  /** Each message that entered RAW, with its fate, in order of reception. */
  readonly log: LoggedMessage[] = [];
  private readonly topic: Topic;
  private now = BigInt(Date.now()) * 1000n;

  constructor(topic: Topic, maskingKey: Uint8Array = Buffer.alloc(32)) {
    this.topic = topic;
    this.semantic = new SemanticModel(topic, maskingKey);
  }

  /** Erases a key, given as JSON. Returns the number of its RAW rows. */
  erase(key: string): number {
    this.semantic.erase(key);
    return this.refate((message) => message.key === key, 'erased');
  }

  /** Expires the RAW rows that were received first. The table does not change. */
  expire(rows: number): number {
    let left = rows;
    return this.refate(({ fate }) => fate !== 'erased' && left-- > 0, 'expired');
  }

  private refate(chosen: (message: LoggedMessage) => boolean, fate: 'erased' | 'expired'): number {
    let changed = 0;
    for (const [at, message] of this.log.entries()) {
      if (message.fate === 'erased' || !chosen(message)) continue;
      // Expired rows cannot be erased.
      if (message.fate === 'expired') continue;
      this.log[at] = { ...message, fate };
      changed++;
    }
    return changed;
  }

  /** Takes newline-delimited messages and skips blank lines. */
  deliver(lines: Uint8Array): DeliveryFates {
    const messages: ModelMessage[] = [];
    const byError: Record<string, number> = {};
    for (const line of linesOf(lines)) {
      this.now += 1n;
      try {
        messages.push(receiveModel(line, this.topic, { arrival: this.now, latest: this.now + DAY_MICROS }));
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        byError[error.code] = (byError[error.code] ?? 0) + 1;
      }
    }
    const dead = Object.values(byError).reduce((sum, count) => sum + count, 0);
    const fates = this.semantic.process(messages);
    for (const [at, message] of messages.entries()) {
      const { messageId } = message;
      this.log.push({ messageId, fate: fates[at] ?? 'superseded', key: this.semantic.keyOfMessage(message) });
    }
    const count = (fate: Fate): number => fates.filter((one) => one === fate).length;
    return {
      received: messages.length + dead,
      raw: messages.length,
      dead_lettered: dead,
      by_error: byError,
      inserted: count('inserted'),
      updated: count('updated'),
      duplicate: count('duplicate'),
      superseded: count('superseded'),
      stale: count('stale'),
      rejected: count('rejected'),
    };
  }
}

function linesOf(bytes: Uint8Array): readonly Uint8Array[] {
  const lines: Uint8Array[] = [];
  for (let start = 0; start < bytes.length; ) {
    const found = bytes.indexOf(NEWLINE, start);
    const end = found === -1 ? bytes.length : found;
    const line = bytes.subarray(start, bytes[end - 1] === 0x0d && end > start ? end - 1 : end);
    if (line.some((byte) => !' \t\r'.includes(String.fromCharCode(byte)))) lines.push(line);
    start = end + 1;
  }
  return lines;
}
