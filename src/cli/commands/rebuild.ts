import { rebuild } from '../../embedded/jobs/rebuild.ts';
import { chosenTopics } from '../command/chosen-topics.ts';
import { type CommandSpec, TOPIC } from '../command/command.ts';
import { switchOption, textArgument } from '../command/read-call.ts';
import { withAlerts } from '../jobs/alerts-after-work.ts';
import { semanticExit, semanticJson } from '../jobs/batch-json.ts';
import { withSemanticOptions } from '../jobs/semantic-progress.ts';
import { withLazyEngine } from '../place/lend-engine.ts';
import { withRecoveredWorkspace } from '../place/lend-workspace.ts';
import { semanticLines } from '../views/semantic-view.ts';

export const command: CommandSpec = {
  name: 'rebuild',
  summary: 'derive a semantic table again from all of RAW',
  details:
    'Starts the next generation under the current contract and replaces the table in one commit. Needed after a change of types, keys or masking.',
  arguments: [TOPIC],
  options: [
    {
      flag: '--keep-unreachable',
      summary: 'carry over the rows whose messages retention has removed from RAW',
    },
  ],
  examples: [
    { line: 'lean-ops rebuild orders', does: 'Replaces semantic.orders and semantic.orders_errors.' },
  ],
  answers: false,
  runOnAws: 'rebuild',
  run: (call, context) =>
    withRecoveredWorkspace(context, (workspace) =>
      withLazyEngine(workspace, async (engine) => {
        const [topic = ''] = await chosenTopics(workspace, [textArgument(call, 'TOPIC')]);
        const result = await withAlerts(workspace, context, { topic, kind: 'semantic' }, () =>
          withSemanticOptions(context, engine, (options) =>
            rebuild(workspace, topic, options, switchOption(call, 'keep-unreachable')),
          ),
        );
        return {
          exit: semanticExit([result]),
          json: semanticJson(result),
          lines: semanticLines([result]),
        };
      }),
    ),
};
