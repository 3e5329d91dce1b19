import type { RunRequest } from '../../aws/control/run-request.ts';
import { LeanOpsError } from '../../errors/error.ts';
import type { Call, Context, Outcome } from '../command/command.ts';
import { resumeTopic } from '../commands/topic-resume.ts';
import { discard, list, replay, show } from './dead-letters.ts';
import { errors } from './errors.ts';
import { explain } from './explain.ts';
import { balance, freshness, status } from './figures.ts';
import { type AwsTarget, type OpenedTarget, openTarget } from './target.ts';

type Run = (call: Call, context: Context, target: OpenedTarget) => Promise<Outcome>;

/** What can be told and done from here; the rest is done by the functions and the job on AWS, or needs an engine. */
const RUNS: Readonly<Record<string, Run>> = {
  status,
  balance,
  freshness,
  errors,
  explain,
  'dlq list': list,
  'dlq show': show,
  'dlq replay': replay,
  'dlq discard': discard,
  'topic resume': (call, _context, { deployment }) => resumeTopic(call, deployment),
};

/** What the state machine does instead, by the kind of run that its input asks for. */
const KINDS: Readonly<Record<string, RunRequest['kind']>> = {
  semantic: 'incremental',
  rebuild: 'rebuild',
  'errors redrive': 'redrive',
  maintain: 'maintain',
};

/** Runs a command on the home on AWS. Throws USAGE where it has no meaning there. */
export async function runOnAws(
  name: string,
  call: Call,
  context: Context,
  target: AwsTarget,
): Promise<Outcome> {
  const run = RUNS[name];
  if (run !== undefined) return run(call, context, await openTarget(target, context));
  const kind = KINDS[name];
  throw new LeanOpsError('USAGE', {
    operation: `running ${name} on AWS`,
    detail: `--target aws goes with ${Object.keys(RUNS).join(', ')}`,
    remedy:
      kind === undefined
        ? 'Leave --target away, or see docs/aws.md.'
        : `Start the state machine: aws stepfunctions start-execution with {"topic": …, "kind": "${kind}"}; see docs/aws.md.`,
  });
}
