import { newestRows } from '../../duckdb/tables/newest-rows.ts';
import { loadTable } from '../../iceberg/table.ts';
import { derivedTable } from '../../pipeline/batches/topic-tables.ts';
import { errorsTableName } from '../../semantic/tables.ts';
import { stateTopics } from '../command/chosen-topics.ts';
import { type PlaceCommand, TOPICS } from '../command/command.ts';
import { listArgument } from '../command/read-call.ts';
import { DEFAULT_LIMIT, errorsOutcome, errorsQuestion, type TopicErrors } from '../views/errors-view.ts';

/** A limit reads only the newest files, so nobody is asked before. */
const READING = { purpose: null, isAllowed: true } as const;

export const command: PlaceCommand = {
  places: ['embedded', 'aws'],
  name: 'errors',
  summary: 'list rejected rows: messages in RAW that break the contract',
  details:
    'Newest first, with error codes, paths and masked values. See `dlq list` for messages that could not enter RAW.',
  arguments: [TOPICS],
  options: [
    { flag: '--code', value: 'CODE', summary: 'with this error code, such as CDE_MISSING' },
    { flag: '--redriven', summary: 'also rows that a redrive has processed since' },
    { flag: '--limit', value: 'N', summary: `at most N per topic (default ${DEFAULT_LIMIT})` },
  ],
  examples: [
    { line: 'lean-ops errors orders', does: 'Lists the rejected rows of orders.' },
    {
      line: 'lean-ops errors --code CDE_MISSING --json',
      does: 'Lists rows without a critical data element, as JSON.',
    },
  ],
  answers: true,
  run: async (call, { terminal }, place) => {
    const topics = await stateTopics(place, listArgument(call, 'TOPIC'));
    const question = errorsQuestion(call);
    const all: TopicErrors[] = [];
    await place.withTables(READING, async (tables, engine) => {
      for (const topic of topics) {
        const table = await loadTable(tables.files, tables.catalog, derivedTable(errorsTableName(topic)));
        // A topic without a batch has no errors table.
        if (table !== null)
          all.push({ topic, found: await newestRows(tables, await engine(), table, question) });
      }
    });
    return errorsOutcome(all, question.limit, terminal, place.name);
  },
};
