import { LeanOpsError } from '../../errors/error.ts';
import { type Call, type CommandSpec, type Outcome, TOPIC } from '../command/command.ts';
import { switchOption, textArgument } from '../command/read-call.ts';
import { haltJson, haltText } from '../views/halt-view.ts';
import { alertAfter } from '../work/alert-work.ts';
import { stateTopics, type Topics } from '../work/topics.ts';
import { withWorkspace } from '../work/workspace.ts';

export const command: CommandSpec = {
  name: 'topic resume',
  summary: 'let a halted topic work again',
  details:
    'For a person who has looked at why it halted (`status` says it). What was held is judged again, so mend producer or contract first; --accept-next lets it through as it is, once.',
  arguments: [TOPIC],
  options: [
    { flag: '--accept-next', summary: 'let through what was held: the rest of the input, or the batch' },
  ],
  examples: [
    { line: 'lean-ops topic resume orders', does: 'The next run takes up where the topic halted.' },
    {
      line: 'lean-ops topic resume orders --accept-next',
      does: 'The next run lets the held batch in, however many of its rows are rejected.',
    },
  ],
  answers: false,
  run: (call, context) =>
    withWorkspace(context, async (workspace) => {
      const outcome = await resumeTopic(call, workspace);
      await alertAfter(workspace, context, { topics: [textArgument(call, 'TOPIC')], drift: [], work: [] });
      return outcome;
    }),
};

/** In either home. Throws TOPIC_UNKNOWN, NOT_FOUND where the topic is not halted. */
export async function resumeTopic(call: Call, home: Topics): Promise<Outcome> {
  const [topic = ''] = await stateTopics(home, [textArgument(call, 'TOPIC')]);
  const accept = switchOption(call, 'accept-next');
  const halt = await home.store.resumeTopic(topic, accept);
  if (halt === null) {
    throw new LeanOpsError('NOT_FOUND', {
      operation: `resuming ${topic}`,
      detail: 'it is not halted',
      remedy: 'See `lean-ops status`.',
    });
  }
  return {
    exit: 0,
    json: { topic, resumed: true, accept_next: accept, halt: haltJson(halt) },
    lines: [`${topic} works again; it was halted because ${haltText(halt)}`],
  };
}
