import type { DeepBalance } from '../../duckdb/batch/deep-balance.ts';
import type { Engine } from '../../duckdb/engine/engine.ts';
import type { ReadablePlace } from '../../duckdb/tables/readable-place.ts';
import { measureBalance } from '../../embedded/figures/balance.ts';
import type { TopicBalance } from '../../quality/balance.ts';
import { type CommandSpec, type Outcome, TOPICS } from '../command/command.ts';
import { EXIT } from '../command/output.ts';
import { listArgument, switchOption } from '../command/read-call.ts';
import type { Paint } from '../terminal/terminal.ts';
import { balanceExit, balanceJson, balanceLines } from '../views/balance-view.ts';
import { deepLines } from '../views/deep-balance-view.ts';
import { stateTopics } from '../work/topics.ts';
import { withLazyEngine } from '../work/work.ts';
import { withWorkspace } from '../work/workspace.ts';

export const command: CommandSpec = {
  name: 'balance',
  summary: 'check that every message received is accounted for',
  details:
    'Equations over independently measured figures; each residual must be 0. Exit 1 where one is not, or cannot be told.',
  arguments: [TOPICS],
  options: [
    {
      flag: '--deep',
      summary: 'also derive every table anew from RAW, in memory, and name the keys that differ',
    },
    {
      flag: '--yes',
      summary: 'with --deep and --target aws: read the tables from S3 however large they are',
    },
  ],
  examples: [
    { line: 'lean-ops balance', does: 'Checks every topic from stored figures, without starting an engine.' },
    {
      line: 'lean-ops balance orders --deep',
      does: 'Recomputes orders from RAW and compares it row by row.',
    },
  ],
  answers: true,
  run: (call, context) =>
    withWorkspace(context, async (workspace) => {
      const topics = await stateTopics(workspace, listArgument(call, 'TOPIC'));
      const balances = await Promise.all(topics.map((topic) => measureBalance(workspace, topic)));
      const deep = switchOption(call, 'deep')
        ? await withLazyEngine(workspace, (engine) => recompute(workspace, engine, topics))
        : [];
      return balanceOutcome(balances, deep, context.terminal.paint);
    }),
};

/** Topics that no batch has run for are left out. */
export async function recompute(
  home: ReadablePlace,
  engine: () => Promise<Engine>,
  topics: readonly string[],
): Promise<readonly DeepBalance[]> {
  const { deepBalance } = await import('../../duckdb/batch/deep-balance.ts');
  const results: DeepBalance[] = [];
  for (const topic of topics) {
    const result = await deepBalance(home, await engine(), topic);
    if (result !== null) results.push(result);
  }
  return results;
}

export function balanceOutcome(
  balances: readonly TopicBalance[],
  deep: readonly DeepBalance[],
  paint: Paint,
): Outcome {
  return {
    exit: deep.some(({ status }) => status === 'different') ? EXIT.checkFailed : balanceExit(balances),
    json: balanceJson(balances, deep),
    lines: [...balanceLines(balances, paint), ...deepLines(deep, paint)],
  };
}
