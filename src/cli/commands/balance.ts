import { measureBalance } from '../../engine/balance.ts';
import { balanceExit, balanceJson, balanceLines } from '../balance-view.ts';
import type { CommandSpec } from '../command.ts';
import { listArgument } from '../read-call.ts';
import { stateTopics } from '../topics.ts';
import { withWorkspace } from '../workspace.ts';

export const command: CommandSpec = {
  name: 'balance',
  summary: 'check that every message received is accounted for',
  details:
    'Equations over independently measured figures; each residual must be 0. Exit 1 where one is not, or cannot be told.',
  arguments: [
    {
      name: 'TOPIC',
      summary: 'these topics (default: all)',
      required: false,
      variadic: true,
      completes: 'topic',
    },
  ],
  options: [],
  examples: [
    { line: 'lean-ops balance', does: 'Checks every topic from stored figures, without starting an engine.' },
  ],
  answers: true,
  run: (call, context) =>
    withWorkspace(context, async (workspace) => {
      const topics = await stateTopics(workspace, listArgument(call, 'TOPIC'));
      const balances = await Promise.all(topics.map((topic) => measureBalance(workspace, topic)));
      return {
        exit: balanceExit(balances),
        json: balanceJson(balances),
        lines: balanceLines(balances, context.terminal.paint),
      };
    }),
};
