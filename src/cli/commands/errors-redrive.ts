import { type Redrivable, type RedriveResult, redrivable, redrive } from '../../embedded/jobs/redrive.ts';
import type { RedriveSelection } from '../../semantic/intent.ts';
import { chosenTopics } from '../command/chosen-topics.ts';
import { type Call, type CommandSpec, TOPIC } from '../command/command.ts';
import { errorCode } from '../command/dead-letter-choice.ts';
import { EXIT } from '../command/output.ts';
import { switchOption, textArgument, textOption } from '../command/read-call.ts';
import { withAlerts } from '../jobs/alerts-after-work.ts';
import { endJson } from '../jobs/batch-json.ts';
import { withSemanticOptions } from '../jobs/semantic-progress.ts';
import { withLazyEngine } from '../place/lend-engine.ts';
import { withRecoveredWorkspace } from '../place/lend-workspace.ts';
import { table } from '../terminal/table.ts';
import { count, counted } from '../terminal/words.ts';

export const command: CommandSpec = {
  name: 'errors redrive',
  summary: 'process rejected rows again after a contract fix',
  details:
    'Registers the changed contract and checks the rejected rows again, from RAW. Valid rows enter the semantic table; the others are rejected again. Rows that the current contract rejected are skipped. A change that the table cannot follow needs `lean-ops rebuild`.',
  arguments: [TOPIC],
  options: [
    { flag: '--code', value: 'CODE', summary: 'only rows with this error code' },
    { flag: '--message-id', value: 'ID', summary: 'only the rows of this message' },
    { flag: '--dry-run', summary: 'only list the rows that would be processed' },
  ],
  examples: [
    {
      line: 'lean-ops errors redrive orders --code ABOVE_MAXIMUM',
      does: 'Processes those rows again after you corrected the maximum in the contract.',
    },
  ],
  answers: false,
  runOnAws: 'redrive',
  run: (call, context) =>
    withRecoveredWorkspace(context, (workspace) =>
      withLazyEngine(workspace, (engine) =>
        withSemanticOptions(context, engine, async (options) => {
          const [topic = ''] = await chosenTopics(workspace, [textArgument(call, 'TOPIC')]);
          const selection = selectionOf(call);
          if (switchOption(call, 'dry-run')) {
            const found = await redrivable(workspace, topic, selection, options);
            return {
              exit: EXIT.ok,
              json: { topic, would_redrive: found.map(({ codes, rows }) => ({ codes, rows })) },
              lines: foundLines(found),
            };
          }
          const result = await withAlerts(workspace, context, { topic, kind: 'semantic' }, () =>
            redrive(workspace, topic, selection, options),
          );
          const exit = result.result === 'locked' ? EXIT.execution : EXIT.ok;
          return { exit, json: resultJson(result), lines: resultLines(result) };
        }),
      ),
    ),
};

function selectionOf(call: Call): RedriveSelection {
  const code = textOption(call, 'code');
  return { code: code === null ? null : errorCode(code), messageId: textOption(call, 'message-id') };
}

function foundLines(found: readonly Redrivable[]): readonly string[] {
  if (found.length === 0) return [NOTHING];
  const rows = found.map(({ codes, rows: number }) => [codes, number]);
  return table(['codes', 'rejected rows'], rows);
}

const NOTHING = 'nothing to take again: no row that an earlier version of the contract rejected';

function resultJson(result: RedriveResult) {
  return {
    topic: result.topic,
    result: result.result,
    batch_id: result.batchId,
    chosen: result.chosen,
    redriven: result.redriven,
    unreachable: result.unreachable,
    ...endJson(result),
  };
}

function resultLines(result: RedriveResult): readonly string[] {
  const { topic, counts, redriven, unreachable } = result;
  if (result.detail !== null) return [`${topic}: locked: ${result.detail}`];
  if (result.batchId === null) return [NOTHING];
  const fates = (['inserted', 'updated', 'duplicate', 'superseded', 'stale'] as const)
    .filter((fate) => counts[fate] !== 0)
    .map((fate) => `${fate} ${count(counts[fate])}`);
  return [
    `${topic}: ${counted(redriven, 'rejected row')} processed again: ${[...fates, `rejected again ${count(counts.rejected + redriven)}`].join(' · ')}`,
    ...(unreachable === 0
      ? []
      : [`${counted(unreachable, 'rejected row')} left: RAW no longer holds their messages`]),
  ];
}
