import { ERRORS, type ErrorCode } from '../../errors/taxonomy.ts';
import { workVerdict } from '../../quality/alerts/verdicts.ts';
import type { AwsDeployment } from '../deployment/aws-deployment.ts';
import { release } from './lease.ts';
import { notifyAlerts } from './notify-alerts.ts';

/** A failure as Step Functions passes it on. */
export interface StepError {
  readonly Error: string;
  readonly Cause?: string | undefined;
}

/** Codes are found in the texts of the job and of Glue by name. Nothing else of these texts is passed on. */
const WORD = /[A-Z][A-Z0-9_]+/g;

export interface EndOfExecution {
  readonly topic: string;
  readonly owner: string;
  readonly work: 'semantic' | 'maintain';
  readonly failure: StepError | null;
  /** From the cleanup rule: the execution may have ended itself already, and then nothing is reported again. */
  readonly isCleanup: boolean;
}

/** Releases the execution's lease, and notifies people if its result is new to them. */
export async function endExecution(
  deployment: AwsDeployment,
  { topic, owner, work, failure, isCleanup }: EndOfExecution,
): Promise<{ readonly released: boolean; readonly code: ErrorCode | null }> {
  const released = await release(deployment, topic, owner);
  const code = failure === null ? null : codeOf(failure);
  if (isCleanup && !released) return { released, code };
  if (code !== null) await deployment.store.recordFailure({ topic, code, at: deployment.clock() });
  await notifyAlerts(deployment, [workVerdict(topic, work, code, 'aws')]);
  return { released, code };
}

/** The function's own failures have their code as name. A job's code is in its text. A step that was cut short has none. */
function codeOf({ Error: name, Cause: cause = '' }: StepError): ErrorCode {
  if (isCode(name)) return name;
  const named = cause.match(WORD)?.find(isCode);
  if (named !== undefined) return named;
  return name.startsWith('States.') || name.startsWith('Glue.') ? 'JOB_FAILED' : 'INTERNAL';
}

function isCode(word: string): word is ErrorCode {
  return Object.hasOwn(ERRORS, word);
}
