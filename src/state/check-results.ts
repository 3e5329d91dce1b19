import type { Micros } from '../base/time.ts';
import type { CheckResult } from '../quality/rule-results.ts';

/** The check results of one batch. */
export interface BatchChecks {
  readonly batchId: string;
  /** Registered contract version whose rules were measured. */
  readonly contractVersion: number;
  readonly checkedAt: Micros;
  readonly results: readonly CheckResult[];
}

/** A store keeps the results of this many batches per topic: enough to see since when a rule fails. */
export const MAX_KEPT_CHECKS = 50;

/** Results of table rules. `completeBatch` of the checkpoints writes them. */
export interface CheckResultStore {
  /** Of the topic's last batches that had any, newest first: at most `limit`, and at most MAX_KEPT_CHECKS. */
  checkResults(topic: string, limit: number): Promise<readonly BatchChecks[]>;
}
