import type { AwsDeployment } from '../deployment/aws-deployment.ts';
import type { Call } from './calls.ts';
import { type CompleteAnswer, completeBatch } from './complete.ts';
import { endExecution } from './end.ts';
import { begin, renew } from './lease.ts';
import { completeMaintenance, nextMaintenance } from './maintenance.ts';
import { nextBatch } from './next-batch.ts';
import { ensureRawTable } from './raw-table.ts';
import type { RunRequest } from './run-request.ts';

/** What the function answers, as JSON. */
export type Answer = Readonly<Record<string, unknown>>;

/** Does what was asked; every answer can be asked for again. */
export async function act(
  deployment: AwsDeployment,
  call: Exclude<Call, { action: 'balance' }>,
): Promise<Answer> {
  switch (call.action) {
    case 'prepare':
      return { tables: await prepare(deployment) };
    case 'begin': {
      const { topic, owner, lease_seconds: leaseSeconds, started_at: startedAt, input } = call;
      const answer = await begin(deployment, { topic, owner, leaseSeconds, startedAt, kind: input.kind });
      return answer.outcome === 'acquired'
        ? { outcome: answer.outcome, fencing_token: answer.fencingToken.toString() }
        : { outcome: answer.outcome, held_by: answer.owner, until: iso(answer.expiresAt) };
    }
    case 'raw_head': {
      const holder = holderOf(call);
      await renew(deployment, holder, call.lease_seconds);
      const request = requestOf(call);
      const isMaintenance = request.kind === 'maintain';
      const next = isMaintenance
        ? await nextMaintenance(deployment, holder, call.lease_seconds)
        : await nextBatch(deployment, holder, request);
      if (next.outcome === 'nothing') return { outcome: next.outcome, result: next.result };
      const { outcome, id, following, jobArguments } = next;
      return { outcome, batch_id: id, following, job_arguments: jobArguments };
    }
    case 'complete':
      if (call.kind === 'maintain') {
        const tables = await completeMaintenance(deployment, holderOf(call), call.batch_id);
        return { following: 'end', result: { result: 'Maintained', topic: call.topic, tables } };
      }
      return completionOf(call, await completeBatch(deployment, holderOf(call), call.batch_id));
    case 'release':
      return endExecution(deployment, { ...call, work: call.input, isCleanup: call.is_cleanup });
  }
}

async function prepare(deployment: AwsDeployment): Promise<Readonly<Record<string, string>>> {
  const made: Record<string, string> = {};
  for (const topic of await deployment.topicNames()) made[topic] = await ensureRawTable(deployment, topic);
  return made;
}

/** What was asked for is done once; what RAW holds behind it is the next incremental batch. */
function requestOf({ kind, input }: Extract<Call, { action: 'raw_head' }>): RunRequest {
  return kind === input.kind ? input : { topic: input.topic, kind: 'incremental' };
}

function completionOf(
  { topic, batch_id, following }: Extract<Call, { action: 'complete' }>,
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

function holderOf(call: { topic: string; owner: string; fencing_token: bigint }) {
  return { topic: call.topic, owner: call.owner, fencingToken: call.fencing_token };
}

function iso(at: bigint): string {
  return new Date(Number(at / 1000n)).toISOString();
}
