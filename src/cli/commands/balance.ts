import type { DeepBalance } from '../../duckdb/batch/deep-balance.ts';
import type { Engine } from '../../duckdb/engine/engine.ts';
import type { ReadablePlace } from '../../duckdb/tables/readable-place.ts';
import { stateTopics } from '../command/chosen-topics.ts';
import { type PlaceCommand, TOPICS } from '../command/command.ts';
import { EXIT } from '../command/output.ts';
import { listArgument, switchOption } from '../command/read-call.ts';
import { balanceExit, balanceJson, balanceLines } from '../views/balance-view.ts';
import { deepLines } from '../views/deep-balance-view.ts';

export const command: PlaceCommand = {
  places: ['embedded', 'aws'],
  name: 'balance',
  summary: 'check that every message received is accounted for',
  details:
    'Compares figures that are measured independently. The residual of each equation must be 0. Exits with 1 if a residual is not 0 or is unknown.',
  arguments: [TOPICS],
  options: [
    {
      flag: '--deep',
      summary: 'also derive every table from RAW again, in memory, and list the keys that differ',
    },
    {
      flag: '--yes',
      summary: 'with --deep and --target aws: read the tables from S3, however large they are',
    },
  ],
  examples: [
    {
      line: 'lean-ops balance',
      does: 'Checks every topic by its stored figures, without starting the engine.',
    },
    {
      line: 'lean-ops balance orders --deep',
      does: 'Derives orders from RAW again and compares the result row by row.',
    },
  ],
  answers: true,
  run: async (call, { terminal: { paint } }, place) => {
    const topics = await stateTopics(place, listArgument(call, 'TOPIC'));
    const balances = await Promise.all(topics.map((topic) => place.measureBalance(topic)));
    const reading = { purpose: 'deriving tables again', isAllowed: switchOption(call, 'yes') };
    const deep = switchOption(call, 'deep')
      ? await place.withTables(reading, (tables, engine) => recompute(tables, engine, topics))
      : [];
    return {
      exit: deep.some(({ status }) => status === 'different') ? EXIT.checkFailed : balanceExit(balances),
      json: balanceJson(balances, deep),
      lines: [...balanceLines(balances, paint), ...deepLines(deep, paint)],
    };
  },
};

/** Leaves out topics without a batch: they have no table to compare. */
async function recompute(
  tables: ReadablePlace,
  engine: () => Promise<Engine>,
  topics: readonly string[],
): Promise<readonly DeepBalance[]> {
  const { deepBalance } = await import('../../duckdb/batch/deep-balance.ts');
  const results: DeepBalance[] = [];
  for (const topic of topics) {
    const result = await deepBalance(tables, await engine(), topic);
    if (result !== null) results.push(result);
  }
  return results;
}
