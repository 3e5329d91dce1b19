import { discardDeadLetters } from '../../pipeline/dead-letters/discard.ts';
import type { Call, CommandSpec } from '../command/command.ts';
import { confirmed, YES_OPTION } from '../command/confirm.ts';
import { EXIT } from '../command/output.ts';
import { switchOption, textOption, usage } from '../command/read-call.ts';
import { counted } from '../terminal/words.ts';
import { chosenJson, chosenLines, totalOf } from '../views/dead-letter-view.ts';
import { alertAfter } from '../work/alert-work.ts';
import { CHOICE_ARGUMENT, CHOICE_OPTIONS, chosenLetters } from '../work/dead-letter-choice.ts';
import { withWorkspace } from '../work/workspace.ts';

/** A note, not a document. */
const MAX_REASON = 500;

export const command: CommandSpec = {
  name: 'dlq discard',
  summary: 'close dead letters for good',
  details:
    'They stay in the books and keep their bodies, but are no longer open. Ctrl-C ends between two steps; run the command again for the rest.',
  arguments: [CHOICE_ARGUMENT],
  options: [
    ...CHOICE_OPTIONS,
    {
      flag: '--reason',
      value: 'TEXT',
      summary: 'why, for whoever asks later; write nothing of the messages into it',
    },
    { flag: '--dry-run', summary: 'only tell which would be discarded' },
    YES_OPTION,
  ],
  examples: [
    {
      line: 'lean-ops dlq discard --topic orders --code MALFORMED_JSON --reason "load test" --yes',
      does: 'Closes those letters of orders, without asking.',
    },
  ],
  answers: false,
  run: (call, context) =>
    withWorkspace(context, async (workspace) => {
      const reason = reasonOf(call);
      const chosen = await chosenLetters(call, context, workspace);
      const total = totalOf(chosen);
      const would = { discarded: 0, would_discard: chosenJson(chosen) };
      if (switchOption(call, 'dry-run') || total === 0)
        return { exit: EXIT.ok, json: would, lines: chosenLines(chosen) };
      if (!(await confirmed(call, context, `Discard ${counted(total, 'dead letter')} for good?`)))
        return { exit: EXIT.ok, json: would, lines: ['nothing was discarded'] };
      const bar = await context.terminal.progress('discard', 'steps');
      const ids = chosen.flatMap((letters) => letters.ids);
      const { signal } = context;
      const onProgress = (done: number): void => bar.update({ done, total, note: 'dead letters' });
      try {
        const discarded = await discardDeadLetters(workspace, workspace.owner, ids, {
          reason,
          signal,
          onProgress,
        });
        const topics = chosen.map(({ topic }) => topic);
        await alertAfter(workspace, context, { topics, drift: [], work: [] });
        return {
          exit: signal.aborted ? EXIT.execution : EXIT.ok,
          json: { discarded },
          lines: [`${counted(discarded, 'dead letter')} discarded`],
        };
      } finally {
        bar.stop();
      }
    }),
};

export function reasonOf(call: Call): string | null {
  const reason = textOption(call, 'reason');
  if (reason === null) return null;
  if (reason.length <= MAX_REASON && !/[\u0000-\u001f\u007f-\u009f]/.test(reason)) return reason;
  throw usage(`--reason takes one line of at most ${MAX_REASON} characters`);
}
