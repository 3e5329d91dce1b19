import { LeanOpsError } from '../../errors/error.ts';
import { stateTopics } from '../command/chosen-topics.ts';
import { type PlaceCommand, TOPIC } from '../command/command.ts';
import { switchOption, textArgument } from '../command/read-call.ts';
import { haltJson, haltText } from '../views/halt-view.ts';

export const command: PlaceCommand = {
  places: ['embedded', 'aws'],
  name: 'topic resume',
  summary: 'resume a halted topic',
  details:
    '`status` shows why the topic halted. The next run applies the budget to the pending messages again, so fix the producer or the contract first. With --accept-next the next run accepts them as they are, once.',
  arguments: [TOPIC],
  options: [
    { flag: '--accept-next', summary: 'accept the rest of the input, or the stopped batch, as it is' },
  ],
  examples: [
    {
      line: 'lean-ops topic resume orders',
      does: 'The next run continues at the point where the topic halted.',
    },
    {
      line: 'lean-ops topic resume orders --accept-next',
      does: 'The next run accepts the held batch, however many of its rows are rejected.',
    },
  ],
  answers: false,
  run: async (call, _context, place) => {
    const [topic = ''] = await stateTopics(place, [textArgument(call, 'TOPIC')]);
    const accept = switchOption(call, 'accept-next');
    const halt = await place.store.resumeTopic(topic, accept);
    if (halt === null) {
      throw new LeanOpsError('NOT_FOUND', {
        operation: `resuming ${topic}`,
        detail: 'the topic is not halted',
        remedy: `See \`${place.commandLine('status')}\`.`,
      });
    }
    await place.afterChange([topic]);
    return {
      exit: 0,
      json: { topic, resumed: true, accept_next: accept, halt: haltJson(halt) },
      lines: [`${topic} is resumed; it was halted because ${haltText(halt)}`],
    };
  },
};
