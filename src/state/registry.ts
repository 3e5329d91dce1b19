import type { Micros } from '../base/time.ts';

export type TopicStatus = 'active' | 'retired';

/** One registered version of a topic's contract. */
export interface RegisteredContract {
  readonly topic: string;
  /** From 1, without gaps. */
  readonly version: number;
  /** `Topic.hash`: what the contract means. */
  readonly hash: string;
  readonly registeredAt: Micros;
  /** The contract file's whole text. */
  readonly text: string;
  readonly status: TopicStatus;
}

export interface ContractRegistration {
  readonly topic: string;
  readonly hash: string;
  readonly text: string;
  readonly registeredAt: Micros;
  /** The latest version that the caller judged the change against; 0 for none. */
  readonly expectedVersion: number;
}
