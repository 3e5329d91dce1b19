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
  /** The complete text of the contract file. */
  readonly text: string;
  readonly status: TopicStatus;
}

/** A version to be registered. */
export interface ContractRegistration {
  readonly topic: string;
  readonly hash: string;
  readonly text: string;
  readonly registeredAt: Micros;
  /** The latest version with which the caller compared the contract; 0 for none. */
  readonly expectedVersion: number;
}

/** The registered versions of every topic's contract. */
export interface ContractRegistry {
  /**
   * Adds the next version, or returns the latest one if its hash is the same. Throws COMMIT_CONFLICT if the latest
   * version is not the version that the caller expected.
   */
  registerContract(registration: ContractRegistration): Promise<RegisteredContract>;
  latestContract(topic: string): Promise<RegisteredContract | null>;
  /** From version 1 on. */
  contractVersions(topic: string): Promise<readonly RegisteredContract[]>;
  /** The latest version of every topic, by topic. */
  registeredTopics(): Promise<readonly RegisteredContract[]>;
  /** Throws NOT_FOUND if no contract of the topic is registered. */
  setTopicStatus(topic: string, status: TopicStatus): Promise<void>;
}
