import type { Topic } from '../../src/contract/model.ts';
import { Refused } from './json.ts';
import { type ModelMessage, receiveModel } from './receive.ts';
import { type Fate, SemanticModel } from './semantic.ts';

export type FateCounts = Readonly<Record<Fate, number>>;

/** The outcome of one input, in messages. */
export interface Intake {
  readonly received: number;
  readonly raw: number;
  readonly dead: number;
}

/**
 * One topic over a long time, in memory: RAW as a list, pending rows, numbers of dead letters, and the
 * semantic table. The caller starts batches, contract versions, rebuilds and redrives.
 */
export class TopicLife {
  semantic: SemanticModel;
  private topic: Topic;
  private readonly raw: ModelMessage[] = [];
  private processed = 0;
  private readonly maxFuture: bigint;

  constructor(topic: Topic, maskingKey: Uint8Array, maxFuture: bigint) {
    this.topic = topic;
    this.semantic = new SemanticModel(topic, maskingKey);
    this.maxFuture = maxFuture;
  }

  /** Takes lines that arrive at `now`, in microseconds. Each becomes a RAW row or a dead letter. */
  take(lines: readonly string[], now: bigint): Intake {
    const before = this.raw.length;
    for (const line of lines) {
      try {
        const reception = { arrival: now, latest: now + this.maxFuture };
        this.raw.push(receiveModel(Buffer.from(line), this.topic, reception));
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
      }
    }
    const raw = this.raw.length - before;
    return { received: lines.length, raw, dead: lines.length - raw };
  }

  /** Runs one batch over what arrived since the last one. */
  process(): FateCounts {
    const fates = this.semantic.process(this.raw.slice(this.processed));
    this.processed = this.raw.length;
    return countsOf(fates);
  }

  evolve(topic: Topic): void {
    this.topic = topic;
    this.semantic.evolve(topic);
  }

  /** Processes all of RAW again as one batch on an empty table, under this contract and key. */
  rebuild(maskingKey: Uint8Array): FateCounts {
    this.semantic = new SemanticModel(this.topic, maskingKey);
    this.processed = 0;
    return this.process();
  }

  redrive(): FateCounts {
    return countsOf(this.semantic.redrive());
  }
}

function countsOf(fates: readonly Fate[]): FateCounts {
  const count = (fate: Fate): number => fates.filter((one) => one === fate).length;
  return {
    inserted: count('inserted'),
    updated: count('updated'),
    duplicate: count('duplicate'),
    superseded: count('superseded'),
    stale: count('stale'),
    rejected: count('rejected'),
  };
}
