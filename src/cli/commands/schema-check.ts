import { judgeContract } from '../../engine/semantic/contract-verdict.ts';
import { type CommandSpec, TOPICS } from '../command.ts';
import { isRefused, verdictJson, verdictLines } from '../contract-verdict-view.ts';
import { failureExit, failureLines, failuresJson } from '../failures.ts';
import { listArgument } from '../read-call.ts';
import { chosenTopics } from '../topics.ts';
import { eachTask } from '../work.ts';
import { withWorkspace } from '../workspace.ts';

export const command: CommandSpec = {
  name: 'schema check',
  summary: 'tell whether the contracts would be accepted as new versions',
  details:
    'Holds every file against the registered versions under its own compatibility mode (docs/compatibility.md), lists the changes with what they do to the table, and changes nothing. Exit 1 where one would be refused.',
  arguments: [TOPICS],
  options: [],
  examples: [
    { line: 'lean-ops schema check', does: 'Checks every contract, as before a merge.' },
    { line: 'lean-ops schema check orders --json', does: 'Lists the changes of orders for a program.' },
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
