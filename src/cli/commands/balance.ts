import { measureBalance } from '../../engine/balance.ts';
import type { Engine } from '../../engine/duckdb.ts';
import type { ReadHome } from '../../engine/read-home.ts';
import type { DeepBalance } from '../../engine/semantic/deep-balance.ts';
import type { TopicBalance } from '../../quality/balance.ts';
import { balanceExit, balanceJson, balanceLines } from '../balance-view.ts';
import { type CommandSpec, type Outcome, TOPICS } from '../command.ts';
import { deepLines } from '../deep-balance-view.ts';
import { EXIT } from '../output.ts';
import { listArgument, switchOption } from '../read-call.ts';
import type { Paint } from '../terminal.ts';
import { stateTopics } from '../topics.ts';
import { withLazyEngine } from '../work.ts';
import { withWorkspace } from '../workspace.ts';

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
  home: ReadHome,
  engine: () => Promise<Engine>,
  topics: readonly string[],
): Promise<readonly DeepBalance[]> {
  const { deepBalance } = await import('../../engine/semantic/deep-balance.ts');
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
