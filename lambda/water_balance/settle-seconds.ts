import { LeanOpsError } from '../../src/errors/error.ts';
import type { Environment } from '../service.ts';

const VARIABLE = 'LEAN_OPS_SETTLE_SECONDS';
/** Firehose's buffer and retries, the queue's visibility and CloudWatch's delay, where Terraform says nothing. */
const DEFAULT_SECONDS = 3600;

/** How long a reception may be on its way before it counts as missing. Throws CONFIG_INVALID. */
export function settleSeconds(environment: Environment): number {
  const text = environment[VARIABLE];
  if (text === undefined) return DEFAULT_SECONDS;
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new LeanOpsError('CONFIG_INVALID', {
    operation: 'reading the environment',
    detail: `${VARIABLE} is ${text}, no number of seconds`,
  });
}
