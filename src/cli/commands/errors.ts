import { quoteName } from '../../duckdb/parquet/types.ts';
import { queryEngine } from '../../duckdb/tables/query.ts';
import { withReader } from '../../duckdb/tables/reader.ts';
import type { Workspace } from '../../embedded/workspace/workspace.ts';
import { errorsTableName, SEMANTIC_NAMESPACE } from '../../semantic/tables.ts';
import { type CommandSpec, TOPICS } from '../command/command.ts';
import { listArgument } from '../command/read-call.ts';
import {
  DEFAULT_LIMIT,
  type ErrorsQuestion,
  errorsOutcome,
  errorsQuestion,
  type TopicErrors,
} from '../views/errors-view.ts';
import { stateTopics } from '../work/topics.ts';
import { withWorkspace } from '../work/workspace.ts';

export const command: CommandSpec = {
  name: 'errors',
  summary: 'list rejected rows: messages in RAW that break the contract',
  details:
    'Newest first, with their codes, places and masked values. For messages that could not enter RAW see `dlq list`.',
  arguments: [TOPICS],
  options: [
    { flag: '--code', value: 'CODE', summary: 'with this error code, such as CDE_MISSING' },
    { flag: '--redriven', summary: 'also rows that were taken again since' },
    { flag: '--limit', value: 'N', summary: `at most N a topic (default ${DEFAULT_LIMIT})` },
  ],
  examples: [
    { line: 'lean-ops errors orders', does: 'Lists the rejected rows of orders.' },
    {
      line: 'lean-ops errors --code CDE_MISSING --json',
      does: 'Lists rows that lack a critical data element.',
    },
  ],
  answers: true,
  run: (call, context) =>
    withWorkspace(context, async (workspace) => {
      const topics = await withErrors(workspace, await stateTopics(workspace, listArgument(call, 'TOPIC')));
      const question = errorsQuestion(call);
      const found = await readErrors(workspace, topics, question, context.signal);
      return errorsOutcome(found, question.limit, context.terminal);
    }),
};

/** Topics that were never processed have no errors table. */
async function withErrors(workspace: Workspace, topics: readonly string[]): Promise<readonly string[]> {
  const tables = await workspace.catalog.tables();
  return topics.filter((topic) =>
    tables.some(({ namespace, name }) => namespace === SEMANTIC_NAMESPACE && name === errorsTableName(topic)),
  );
}

async function readErrors(
  workspace: Workspace,
  topics: readonly string[],
  { filter, by, ties, limit }: ErrorsQuestion,
  signal: AbortSignal,
): Promise<readonly TopicErrors[]> {
  if (topics.length === 0) return [];
  return withReader(workspace, signal, async (engine) => {
    const all: TopicErrors[] = [];
    for (const topic of topics) {
      const from = `${SEMANTIC_NAMESPACE}.${quoteName(errorsTableName(topic))}`;
      const sql = `SELECT * FROM ${from}${filter} ORDER BY ${by} DESC, ${ties}`;
      all.push({ topic, found: await queryEngine(engine, sql, limit) });
    }
    return all;
  });
}
