import { judgeContract } from '../../pipeline/contracts/contract-verdict.ts';
import { chosenTopics } from '../command/chosen-topics.ts';
import { type CommandSpec, TOPICS } from '../command/command.ts';
import { listArgument } from '../command/read-call.ts';
import { eachTask } from '../jobs/each-task.ts';
import { withWorkspace } from '../place/lend-workspace.ts';
import { isRefused, verdictJson, verdictLines } from '../views/contract-verdict-view.ts';
import { failureExit, failureLines, failuresJson } from '../views/failures.ts';

export const command: CommandSpec = {
  name: 'schema check',
  summary: 'check whether the contracts can become new versions',
  details:
    'Compares every file with the registered versions under its compatibility mode (docs/compatibility.md). Lists the changes and their effect on the table. Changes nothing. Exits with 1 if a contract would be refused.',
  arguments: [TOPICS],
  options: [],
  examples: [
    { line: 'lean-ops schema check', does: 'Checks every contract, for example before a merge.' },
    { line: 'lean-ops schema check orders --json', does: 'Prints the changes of orders as JSON.' },
  ],
  answers: true,
  run: (call, context) =>
    withWorkspace(context, async (workspace) => {
      const topics = await chosenTopics(workspace, listArgument(call, 'TOPIC'));
      const { results, failures } = await eachTask(
        topics.map((topic) => ({ topic })),
        context.signal,
        async ({ topic }) => ({
          topic,
          judged: await judgeContract(workspace, await workspace.contract(topic)),
        }),
      );
      const { paint } = context.terminal;
      const refused = results.some(isRefused);
      return {
        exit: failureExit(failures, refused ? 1 : 0),
        json: {
          ok: !refused && failures.length === 0,
          topics: results.map(verdictJson),
          ...failuresJson(failures),
        },
        lines: [...results.flatMap((each) => verdictLines(each, paint)), ...failureLines(failures, paint)],
      };
    }),
};
