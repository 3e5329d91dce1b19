import type { Micros } from '../base/time.ts';
import { LeanOpsError } from '../errors/error.ts';
import type { BudgetBreach } from '../quality/budget.ts';
import type { LeaseScope } from './lease.ts';

/** Why a topic processes nothing until a person resumes it: a unit or a batch exceeded its budget. */
export interface TopicHalt extends BudgetBreach {
  /** The kind of work that exceeded it. */
  readonly work: LeaseScope['work'];
  readonly at: Micros;
}

/** TOPIC_HALTED with the figures and what to do. */
export function haltedError(topic: string, halt: TopicHalt): LeanOpsError {
  const { work, bad, of } = halt;
  const percent = (share: number): string => `${Number((share * 100).toFixed(2))} %`;
  const [what, look, held] =
    work === 'ingest'
      ? [`${bad} of ${of} messages became dead letters`, `dlq list ${topic}`, 'accept the rest of the input']
      : [`${bad} of ${of} RAW rows broke the contract`, `errors ${topic}`, 'accept the batch'];
  const remedy = (target: string): string =>
    [
      `Look at \`lean-ops ${look}${target}\` and fix the producer or the contract.`,
      `Then run \`lean-ops topic resume ${topic}${target}\`.`,
      `To ${held} as it is, add \`--accept-next\`.`,
    ].join(' ');
  return new LeanOpsError('TOPIC_HALTED', {
    operation: `working on ${topic}`,
    detail: `${what} (${percent(bad / of)}; the budget is ${percent(halt.share)}), at ${isoTime(halt.at)}`,
    remedy: { embedded: remedy(''), aws: remedy(' --target aws') },
  });
}

function isoTime(at: Micros): string {
  return new Date(Number(at / 1000n)).toISOString();
}
