import { newestRows } from '../../aws/newest-rows.ts';
import { derivedTable } from '../../engine/semantic/tables.ts';
import { loadTable } from '../../iceberg/table.ts';
import { errorsTableName } from '../../semantic/tables.ts';
import type { Call, Context, Outcome } from '../command.ts';
import { errorsOutcome, errorsQuestion, type TopicErrors } from '../errors-view.ts';
import { listArgument } from '../read-call.ts';
import { stateTopics } from '../topics.ts';
import { withReadHome } from './read-home.ts';
import type { OpenedTarget } from './target.ts';

export async function errors(call: Call, context: Context, target: OpenedTarget): Promise<Outcome> {
  const topics = await stateTopics(target.home, listArgument(call, 'TOPIC'));
  const question = errorsQuestion(call);
  const anyAmount = async (): Promise<void> => undefined;
  return withReadHome(target, context, anyAmount, async (home, engine) => {
    const all: TopicErrors[] = [];
    for (const topic of topics) {
      const table = await loadTable(home.files, home.catalog, derivedTable(errorsTableName(topic)));
      // A topic that was never processed has none.
      if (table !== null) all.push({ topic, found: await newestRows(home, await engine(), table, question) });
    }
    return errorsOutcome(all, question.limit, context.terminal);
  });
}
