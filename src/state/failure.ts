import type { Micros } from '../base/time.ts';
import type { Stage } from '../errors/spec.ts';
import type { ErrorCode } from '../errors/taxonomy.ts';

/** One failure of a run. Holds no data of messages and no paths. */
export interface FailureNote {
  readonly topic: string;
  readonly code: ErrorCode;
  readonly at: Micros;
}

/** All failures of one topic with one code on one UTC day. */
export interface RunFailures {
  readonly topic: string;
  readonly code: ErrorCode;
  readonly stage: Stage;
  /** YYYY-MM-DD, UTC. */
  readonly day: string;
  readonly count: number;
  readonly firstAt: Micros;
  readonly lastAt: Micros;
}

/** Failures of runs, counted per topic, code and UTC day. */
export interface FailureStore {
  recordFailure(failure: FailureNote): Promise<void>;
  /** Of one topic, fromDay ≤ day ≤ toDay (YYYY-MM-DD), by day, then code. */
  failures(topic: string, fromDay: string, toDay: string): Promise<readonly RunFailures[]>;
}
