import { LeanOpsError } from '../../errors/error.ts';
import type { Environment } from '../deployment/config.ts';

/** Set on the water-balance function only (modules/quality/functions.tf). */
const VARIABLE = 'LEAN_OPS_SETTLE_SECONDS';
/** If Terraform sets nothing: Firehose's buffer and retries, the queue's visibility timeout and CloudWatch's delay. */
const DEFAULT_SECONDS = 3600;
/** Whole seconds from 1 to 999,999, eleven days: more is a mistake. */
const SECONDS = /^[1-9]\d{0,5}$/;

/**
 * How many seconds a reception may take from its queue to RAW before the balance counts it as missing. `environment`
 * holds the variables of the water-balance function. Throws CONFIG_INVALID.
 */
export function settleSeconds(environment: Environment): number {
  const text = environment[VARIABLE];
  if (text === undefined) return DEFAULT_SECONDS;
  if (SECONDS.test(text)) return Number(text);
  throw new LeanOpsError('CONFIG_INVALID', {
    operation: 'reading the environment',
    detail: `${VARIABLE} is "${text}", which is not a whole number of seconds from 1 to 999999`,
  });
}
