import { runSemantic } from '../../embedded/jobs/incremental.ts';
import { chosenTopics } from '../command/chosen-topics.ts';
import { type CommandSpec, TOPICS } from '../command/command.ts';
import { listArgument } from '../command/read-call.ts';
import { alertAfter, workVerdicts } from '../jobs/alerts-after-work.ts';
import { semanticExit, semanticJson } from '../jobs/batch-json.ts';
import { eachTask } from '../jobs/each-task.ts';
import { withSemanticOptions } from '../jobs/semantic-progress.ts';
import { withLazyEngine } from '../place/lend-engine.ts';
import { withRecoveredWorkspace } from '../place/lend-workspace.ts';
import { failureExit, failureLines } from '../views/failures.ts';
import { semanticLines } from '../views/semantic-view.ts';

export const command: CommandSpec = {
  name: 'semantic',
  summary: 'update the semantic tables from RAW',
  details:
    'A topic without new RAW rows is skipped after one look at its state. An interrupted batch is finished first.',
  arguments: [TOPICS],
  options: [],
  examples: [
    { line: 'lean-ops semantic', does: 'Processes every topic.' },
    { line: 'lean-ops semantic orders --json', does: 'Processes orders and prints the fate counts as JSON.' },
  ],
  answers: false,
  runOnAws: 'incremental',
  run: (call, context) =>
    withRecoveredWorkspace(context, (workspace) =>
      withLazyEngine(workspace, async (engine) => {
        const topics = await chosenTopics(workspace, listArgument(call, 'TOPIC'));
        const tasks = topics.map((topic) => ({ topic }));
        const { results, failures } = await withSemanticOptions(context, engine, (options) =>
          eachTask(tasks, context.signal, ({ topic }) => runSemantic(workspace, [topic], options)),
        );
        const done = results.flat();
        await alertAfter(workspace, context, {
          topics,
          drift: done.filter(({ result }) => result === 'processed').map(({ topic }) => topic),
          work: workVerdicts('semantic', topics, failures),
        });
        const failed = failures.map(({ topic, error }) => ({
          topic,
          result: 'failed',
          error_code: error.code,
        }));
        return {
          exit: failures.length > 0 ? failureExit(failures, 0) : semanticExit(done),
          json: [...done.map(semanticJson), ...failed],
          lines:
            topics.length === 0
              ? ['no topics']
              : [...semanticLines(done), ...failureLines(failures, context.terminal.paint)],
        };
      }),
    ),
};
