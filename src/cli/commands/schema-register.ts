import type { Workspace } from '../../embedded/workspace/workspace.ts';
import { judgeContract } from '../../pipeline/contracts/contract-verdict.ts';
import { newestVersion } from '../../pipeline/contracts/contract-version.ts';
import { chosenTopics } from '../command/chosen-topics.ts';
import { type CommandSpec, TOPICS } from '../command/command.ts';
import { listArgument } from '../command/read-call.ts';
import { eachTask } from '../jobs/each-task.ts';
import { withWorkspace } from '../place/lend-workspace.ts';
import type { Paint } from '../terminal/terminal.ts';
import { isRefused, type JudgedTopic, verdictJson, verdictLines } from '../views/contract-verdict-view.ts';
import { failureExit, failureLines, failuresJson } from '../views/failures.ts';

interface Registered extends JudgedTopic {
  /** null if the file was refused. */
  readonly version: number | null;
}

export const command: CommandSpec = {
  name: 'schema register',
  summary: 'register the contracts as new versions',
  details:
    'The next semantic batch would register them too; this command does it now, without messages. A file that `schema check` refuses is not registered, and the command exits with 1.',
  arguments: [TOPICS],
  options: [],
  examples: [{ line: 'lean-ops schema register orders', does: 'Registers the contract of orders.' }],
  answers: false,
  run: (call, context) =>
    withWorkspace(context, async (workspace) => {
      const topics = await chosenTopics(workspace, listArgument(call, 'TOPIC'));
      const { results, failures } = await eachTask(
        topics.map((topic) => ({ topic })),
        context.signal,
        ({ topic }) => register(workspace, topic),
      );
      const { paint } = context.terminal;
      return {
        exit: failureExit(failures, results.some(isRefused) ? 1 : 0),
        json: {
          topics: results.map((each) => ({ ...verdictJson(each), version: each.version })),
          ...failuresJson(failures),
        },
        lines: [...results.flatMap((each) => linesOf(each, paint)), ...failureLines(failures, paint)],
      };
    }),
};

/** Throws COMMIT_CONFLICT, or refuses the file, if another process registers a version in between. */
async function register(workspace: Workspace, topic: string): Promise<Registered> {
  const contract = await workspace.contract(topic);
  const judged = await judgeContract(workspace, contract);
  if (isRefused({ topic, judged })) return { topic, judged, version: null };
  return { topic, judged, version: (await newestVersion(workspace, contract, false)).version };
}

function linesOf(each: Registered, paint: Paint): readonly string[] {
  const lines = verdictLines(each, paint);
  if (each.version === null || each.judged.verdict === 'unchanged') return lines;
  return [...lines, `  registered as version ${each.version}`];
}
