import { dayOf } from '../../base/time.ts';
import { LeanOpsError } from '../../errors/error.ts';
import { ERRORS } from '../../errors/taxonomy.ts';
import type { FailureNote, RunFailures } from '../failure.ts';
import { dayExpiry, daysOf } from './counters.ts';
import type { Database, Expression } from './database.ts';
import { count, errorCodeOf, type Item, long, text } from './item.ts';
import { EXPIRES_AT } from './tables.ts';

/** Runs of one topic exclude each other, so two rarely fail at once. */
const MAX_RACES = 10;

/** Read, then written only if nobody else has counted since: first and last are no sums. */
export async function recordFailure(database: Database, { topic, code, at }: FailureNote): Promise<void> {
  const day = dayOf(at);
  const key = { topic_name: hashOf(topic), date: `${day}#${code}` };
  for (let race = 0; race < MAX_RACES; race++) {
    const item = await database.get('counters', key);
    const before = item === null ? null : fromItem(topic, item);
    const condition: Expression =
      before === null
        ? { text: 'attribute_not_exists(#topic_name)' }
        : { text: '#count = :before', values: { ':before': before.count } };
    const first = before === null || at < before.firstAt ? at : before.firstAt;
    const last = before === null || at > before.lastAt ? at : before.lastAt;
    const change = {
      text: `SET #count = :count, #code = :code, #first_at = :first, #last_at = :last, #${EXPIRES_AT} = :expires_at`,
      values: {
        ':count': (before?.count ?? 0) + 1,
        ':code': code,
        ':first': first,
        ':last': last,
        ':expires_at': dayExpiry(day),
      },
    };
    const answer = await database.update({ table: 'counters', key, change, condition });
    if (answer.kind === 'done') return;
  }
  throw new LeanOpsError('AWS_UNAVAILABLE', {
    operation: `recording a failure of ${topic}`,
    detail: `others recorded failures ${MAX_RACES} times meanwhile`,
  });
}

export async function readFailures(
  database: Database,
  topic: string,
  fromDay: string,
  toDay: string,
): Promise<readonly RunFailures[]> {
  return Array.fromAsync(database.query('counters', daysOf(hashOf(topic), fromDay, toDay)), (item) =>
    fromItem(topic, item),
  );
}

function hashOf(topic: string): string {
  return `${topic}#failures`;
}

function fromItem(topic: string, item: Item): RunFailures {
  const code = errorCodeOf(item, 'code');
  return {
    topic,
    code,
    stage: ERRORS[code].stage,
    day: text(item, 'date').slice(0, 'YYYY-MM-DD'.length),
    count: count(item, 'count'),
    firstAt: long(item, 'first_at'),
    lastAt: long(item, 'last_at'),
  };
}
