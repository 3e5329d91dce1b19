import { isoTime } from '../../base/time.ts';
import type { AwsDeployment } from '../deployment/aws-deployment.ts';
import { balanceAnswer, checkBalances } from './balance-call.ts';
import type { ControlCall } from './calls.ts';
import { type CompleteAnswer, confirmBatch } from './confirm-batch.ts';
import type { ControlFunction } from './control-function.ts';
import { endExecution } from './end.ts';
import { begin, type Holder, renew } from './lease.ts';
import { completeMaintenance, nextMaintenance } from './maintenance.ts';
import { nextBatch } from './next-batch.ts';
import { ensureRawTable } from './raw-table.ts';
import type { RunRequest } from './run-request.ts';

/** What the function answers, as JSON. */
export type Answer = Readonly<Record<string, unknown>>;

type CallOf<Action extends ControlCall['action']> = Extract<ControlCall, { readonly action: Action }>;

/** Answers one call. A caller that lost the answer may call again: the effect is the same. */
export async function act(control: ControlFunction, call: ControlCall): Promise<Answer> {
  const answer = await answerTo(control, call);
  control.reports.answered(call.action, answer);
  return answer;
}

async function answerTo(control: ControlFunction, call: ControlCall): Promise<Answer> {
  const { deployment } = control;
  switch (call.action) {
    case 'prepare':
      return { tables: await prepare(deployment) };
    case 'begin':
      return beginAnswer(control, call);
    case 'raw_head':
      return nextAnswer(deployment, call);
    case 'complete':
      return completeAnswer(deployment, call);
    case 'release':
      return endExecution(deployment, { ...call, work: call.input, isCleanup: call.is_cleanup });
    case 'balance':
      return balancesAnswer(control, call);
  }
}

async function prepare(deployment: AwsDeployment): Promise<Readonly<Record<string, string>>> {
  const made: Record<string, string> = {};
  for (const topic of await deployment.topicNames()) made[topic] = await ensureRawTable(deployment, topic);
  return made;
}

async function beginAnswer(
  { deployment, reports }: ControlFunction,
  { topic, owner, lease_seconds: leaseSeconds, started_at: startedAt, input }: CallOf<'begin'>,
): Promise<Answer> {
  const answer = await begin(deployment, { topic, owner, leaseSeconds, startedAt, kind: input.kind });
  if (answer.outcome === 'held') reports.alreadyRunning(topic);
  return answer.outcome === 'acquired'
    ? { outcome: answer.outcome, fencing_token: answer.fencingToken.toString() }
    : { outcome: answer.outcome, held_by: answer.owner, until: isoTime(answer.expiresAt) };
}

async function nextAnswer(deployment: AwsDeployment, call: CallOf<'raw_head'>): Promise<Answer> {
  const holder = holderOf(call);
  await renew(deployment, holder, call.lease_seconds);
  const request = requestOf(call);
  const next =
    request.kind === 'maintain'
      ? await nextMaintenance(deployment, holder, call.lease_seconds)
      : await nextBatch(deployment, holder, request);
  if (next.outcome === 'nothing') return { outcome: next.outcome, result: next.result };
  const { outcome, id, following, jobArguments } = next;
  return { outcome, batch_id: id, following, job_arguments: jobArguments };
}

/** The request is carried out once. Then the execution continues with incremental batches as long as RAW has new rows. */
function requestOf({ kind, input }: CallOf<'raw_head'>): RunRequest {
  return kind === input.kind ? input : { topic: input.topic, kind: 'incremental' };
}

async function completeAnswer(deployment: AwsDeployment, call: CallOf<'complete'>): Promise<Answer> {
  if (call.kind === 'maintain') {
    const tables = await completeMaintenance(deployment, holderOf(call), call.batch_id);
    return { following: 'end', result: { result: 'Maintained', topic: call.topic, tables } };
  }
  return completionOf(call, await confirmBatch(deployment, holderOf(call), call.batch_id));
}

function completionOf(
  { topic, batch_id, following }: CallOf<'complete'>,
  { outcome, batch: { counts, liveRows, redrive }, more }: CompleteAnswer,
): Answer {
  const goesOn = following !== 'incremental' || more;
  const unreachable = redrive === null ? {} : { unreachable: redrive.chosen - redrive.redriven };
  const result = redrive === null ? 'Processed' : redrive.chosen === 0 ? 'NothingToRedrive' : 'Redriven';
  return {
    outcome,
    following: goesOn ? following : 'end',
    live_rows: liveRows,
    result: { result, topic, batch_id, counts, ...redrive, ...unreachable },
  };
}

async function balancesAnswer(control: ControlFunction, { topic }: CallOf<'balance'>): Promise<Answer> {
  const topics = topic === undefined ? await control.deployment.topicNames() : [topic];
  return balanceAnswer(await checkBalances(control, topics, (balance) => control.reports.balance(balance)));
}

function holderOf({ topic, owner, fencing_token }: CallOf<'raw_head' | 'complete'>): Holder {
  return { topic, owner, fencingToken: fencing_token };
}
