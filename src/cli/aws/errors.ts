import { newestRows } from '../../aws/reading/newest-rows.ts';
import { loadTable } from '../../iceberg/table.ts';
import { derivedTable } from '../../pipeline/batches/topic-tables.ts';
import { errorsTableName } from '../../semantic/tables.ts';
import type { Call, Context, Outcome } from '../command/command.ts';
import { listArgument } from '../command/read-call.ts';
import { errorsOutcome, errorsQuestion, type TopicErrors } from '../views/errors-view.ts';
import { stateTopics } from '../work/topics.ts';
import { withReadableDeployment } from './read-home.ts';
import type { OpenedTarget } from './target.ts';

export async function errors(call: Call, context: Context, target: OpenedTarget): Promise<Outcome> {
  const topics = await stateTopics(target.deployment, listArgument(call, 'TOPIC'));
  const question = errorsQuestion(call);
  const anyAmount = async (): Promise<void> => undefined;
  return withReadableDeployment(target, context, anyAmount, async (deployment, engine) => {
    const all: TopicErrors[] = [];
    for (const topic of topics) {
      const table = await loadTable(
        deployment.files,
        deployment.catalog,
        derivedTable(errorsTableName(topic)),
      );
      // A topic that was never processed has none.
      if (table !== null)
        all.push({ topic, found: await newestRows(deployment, await engine(), table, question) });
    }
    return errorsOutcome(all, question.limit, context.terminal);
  });
}
