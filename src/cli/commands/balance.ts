import { measureBalance } from '../../engine/balance.ts';
import type { DeepBalance } from '../../engine/semantic/deep-balance.ts';
import type { Workspace } from '../../engine/workspace/workspace.ts';
import { balanceExit, balanceJson, balanceLines } from '../balance-view.ts';
import { type CommandSpec, TOPICS } from '../command.ts';
import { deepLines } from '../deep-balance-view.ts';
import { listArgument, switchOption } from '../read-call.ts';
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
      const deep = switchOption(call, 'deep') ? await recompute(workspace, topics) : [];
      return {
        exit: deep.some(({ status }) => status === 'different') ? 1 : balanceExit(balances),
        json: balanceJson(balances, deep),
        lines: [
          ...balanceLines(balances, context.terminal.paint),
          ...deepLines(deep, context.terminal.paint),
        ],
      };
    }),
};

async function recompute(workspace: Workspace, topics: readonly string[]): Promise<readonly DeepBalance[]> {
  const { deepBalance } = await import('../../engine/semantic/deep-balance.ts');
  return withLazyEngine(workspace, async (engine) => {
    const results: DeepBalance[] = [];
    for (const topic of topics) {
      const result = await deepBalance(workspace, await engine(), topic);
      if (result !== null) results.push(result);
    }
    return results;
  });
}
