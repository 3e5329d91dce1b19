import { runSemantic } from '../../engine/semantic/job.ts';
import { alertAfter, workVerdicts } from '../alert-work.ts';
import { type CommandSpec, TOPICS } from '../command.ts';
import { failureExit, failureLines } from '../failures.ts';
import { listArgument } from '../read-call.ts';
import { semanticLines } from '../semantic-view.ts';
import { chosenTopics } from '../topics.ts';
import { eachTask, semanticExit, semanticJson, withLazyEngine, withSemanticOptions } from '../work.ts';
import { withRecoveredWorkspace } from '../workspace.ts';

export const command: CommandSpec = {
  name: 'semantic',
  summary: 'bring the semantic tables up to RAW',
  details: 'A topic with nothing new costs a look at its state. An interrupted batch is finished first.',
  arguments: [TOPICS],
  options: [],
  examples: [
    { line: 'lean-ops semantic', does: 'Processes every topic.' },
    { line: 'lean-ops semantic orders --json', does: 'Processes orders and prints the fates as JSON.' },
  ],
  answers: false,
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
          lines: [...semanticLines(done), ...failureLines(failures, context.terminal.paint)],
        };
      }),
    ),
};
