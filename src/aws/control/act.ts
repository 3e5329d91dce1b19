import type { AwsHome } from '../home.ts';
import { ensureRawTable } from '../raw-table.ts';
import type { Call } from './calls.ts';
import { completeBatch } from './complete.ts';
import { endExecution } from './end.ts';
import { begin } from './lease.ts';
import { nextBatch } from './next-batch.ts';

/** What the function answers, as JSON. */
export type Answer = Readonly<Record<string, unknown>>;

/** Does what was asked; every answer can be asked for again. */
export async function act(home: AwsHome, call: Exclude<Call, { action: 'balance' }>): Promise<Answer> {
  switch (call.action) {
    case 'prepare':
      return { tables: await prepare(home) };
    case 'begin': {
      const answer = await begin(home, call.topic, call.owner, call.lease_seconds);
      return answer.outcome === 'acquired'
        ? { outcome: answer.outcome, fencing_token: answer.fencingToken.toString() }
        : { outcome: answer.outcome, held_by: answer.owner, until: iso(answer.expiresAt) };
    }
    case 'raw_head': {
      const answer = await nextBatch(home, holderOf(call), call.kind, call.lease_seconds);
      return answer.outcome === 'no_new_data'
        ? { outcome: answer.outcome }
        : { outcome: answer.outcome, batch_id: answer.batchId, job_arguments: answer.jobArguments };
    }
    case 'complete': {
      const { outcome, batch, more } = await completeBatch(home, holderOf(call), call.batch_id);
      return { outcome, batch_id: call.batch_id, more, counts: batch.counts, live_rows: batch.liveRows };
    }
    case 'release':
      return endExecution(home, { ...call, isCleanup: call.is_cleanup });
  }
}

async function prepare(home: AwsHome): Promise<Readonly<Record<string, string>>> {
  const made: Record<string, string> = {};
  for (const topic of await home.topicNames()) made[topic] = await ensureRawTable(home, topic);
  return made;
}

function holderOf(call: { topic: string; owner: string; fencing_token: bigint }) {
  return { topic: call.topic, owner: call.owner, fencingToken: call.fencing_token };
}

function iso(at: bigint): string {
  return new Date(Number(at / 1000n)).toISOString();
}
