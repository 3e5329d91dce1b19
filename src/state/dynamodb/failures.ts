import { dayOf } from '../../base/time.ts';
import { LeanOpsError } from '../../errors/error.ts';
import { RUN_FAILURES } from '../codec/failure.ts';
import type { FailureStore, RunFailures } from '../failure.ts';
import { dayExpiry, daysOf } from './counters.ts';
import type { Database, Expression } from './database.ts';
import { fromItem, type Item, text } from './item.ts';
import { EXPIRES_AT } from './tables.ts';

/** Runs of one topic exclude each other, so two rarely fail at once. */
const MAX_RACES = 10;

/** Failures of runs in DynamoDB. */
export function failureStore(database: Database): FailureStore {
  return {
    // Read, then written only if nobody else has counted since: the first and last time are not sums.
    recordFailure: async ({ topic, code, at }) => {
      const day = dayOf(at);
      const key = { topic_name: hashOf(topic), date: `${day}#${code}` };
      for (let race = 0; race < MAX_RACES; race++) {
        const item = await database.get('counters', key);
        const before = item === null ? null : failuresOf(topic, item);
        const condition: Expression =
          before === null
            ? { text: 'attribute_not_exists(#topic_name)' }
            : { text: '#count = :before', values: { ':before': before.count } };
        const change = {
          text: `SET #count = :count, #code = :code, #first_at = :first, #last_at = :last, #${EXPIRES_AT} = :expires_at`,
          values: {
            ':count': (before?.count ?? 0) + 1,
            ':code': code,
            ':first': before === null || at < before.firstAt ? at : before.firstAt,
            ':last': before === null || at > before.lastAt ? at : before.lastAt,
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
    },
    failures: async (topic, fromDay, toDay) =>
      Array.fromAsync(database.query('counters', daysOf(hashOf(topic), fromDay, toDay)), (item) =>
        failuresOf(topic, item),
      ),
  };
}

function hashOf(topic: string): string {
  return `${topic}#failures`;
}

/** The range key is `<day>#<code>`. */
function failuresOf(topic: string, item: Item): RunFailures {
  const day = text(item, 'date').slice(0, 'YYYY-MM-DD'.length);
  return fromItem(RUN_FAILURES, 'counters', item, { topic_name: topic, day });
}
