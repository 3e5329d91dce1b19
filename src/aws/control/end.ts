import { ERRORS, type ErrorCode } from '../../errors/taxonomy.ts';
import { workVerdict } from '../../quality/alerts/verdicts.ts';
import type { AwsDeployment } from '../deployment/aws-deployment.ts';
import { release } from './lease.ts';
import { notifyAlerts } from './notify-alerts.ts';

/** What Step Functions hands on of a failure. */
export interface StepError {
  readonly Error: string;
  readonly Cause?: string | undefined;
}

/** A code stands in what the job and Glue say by its name alone; nothing else of their text is passed on. */
const WORD = /[A-Z][A-Z0-9_]+/g;

export interface EndOfExecution {
  readonly topic: string;
  readonly owner: string;
  readonly work: 'semantic' | 'maintain';
  readonly failure: StepError | null;
  /** Of an execution that may have ended itself before: then there is nothing more to say. */
  readonly isCleanup: boolean;
}

/** Gives the execution's lease back, and tells people how it went where that is new to them. */
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

/** The function's own failures carry their code as name; a job's stands in its text; a step that was cut short has none. */
function codeOf({ Error: name, Cause: cause = '' }: StepError): ErrorCode {
  if (isCode(name)) return name;
  const told = cause.match(WORD)?.find(isCode);
  if (told !== undefined) return told;
  return name.startsWith('States.') || name.startsWith('Glue.') ? 'JOB_FAILED' : 'INTERNAL';
}

function isCode(word: string): word is ErrorCode {
  return Object.hasOwn(ERRORS, word);
}
