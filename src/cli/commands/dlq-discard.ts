import { ERRORS } from '../../errors/taxonomy.ts';
import { discardDeadLetters } from '../../pipeline/dead-letters/discard.ts';
import type { OpenLetters } from '../../pipeline/dead-letters/open-letters.ts';
import type { Call, Context, Outcome, PlaceCommand } from '../command/command.ts';
import type { CommandPlace } from '../command/command-place.ts';
import { confirmed, YES_OPTION } from '../command/confirm.ts';
import { CHOICE_ARGUMENT, CHOICE_OPTIONS, chosenLetters } from '../command/dead-letter-choice.ts';
import { EXIT } from '../command/output.ts';
import { switchOption, textOption, usage } from '../command/read-call.ts';
import { counted } from '../terminal/words.ts';
import { chosenJson, chosenLines, totalOf } from '../views/dead-letter-view.ts';

/** A reason is a note, not a document. Characters. */
const MAX_REASON = 500;

export const command: PlaceCommand = {
  places: ['embedded', 'aws'],
  name: 'dlq discard',
  summary: 'close dead letters permanently',
  details:
    'Discarded dead letters still count in the balance and keep their bodies. They can no longer be replayed. Ctrl-C stops between two commits and exits with 3; run the command again for the rest.',
  arguments: [CHOICE_ARGUMENT],
  options: [
    ...CHOICE_OPTIONS,
    {
      flag: '--reason',
      value: 'TEXT',
      summary: 'why, for later readers; it must not quote messages',
    },
    { flag: '--dry-run', summary: 'only list what would be discarded' },
    YES_OPTION,
  ],
  examples: [
    {
      line: 'lean-ops dlq discard --topic orders --code MALFORMED_JSON --reason "load test" --yes',
      does: 'Closes those dead letters of orders without asking.',
    },
  ],
  answers: false,
  run: async (call, context, place) => {
    const reason = reasonOf(call);
    const chosen = await chosenLetters(call, context, place);
    const unchanged = { exit: EXIT.ok, json: { discarded: 0, would_discard: chosenJson(chosen) } } as const;
    if (switchOption(call, 'dry-run') || chosen.length === 0)
      return { ...unchanged, lines: chosenLines(chosen) };
    const question = `Discard ${counted(totalOf(chosen), 'dead letter')} permanently?`;
    if (!(await confirmed(call, context, question)))
      return { ...unchanged, lines: ['nothing was discarded'] };
    return discardAll(place, chosen, reason, context);
  },
};

async function discardAll(
  place: CommandPlace,
  chosen: readonly OpenLetters[],
  reason: string | null,
  { signal, terminal }: Context,
): Promise<Outcome> {
  const ids = chosen.flatMap((letters) => letters.ids);
  const bar = await terminal.progress('discard', 'steps');
  const onProgress = (done: number): void => bar.update({ done, total: ids.length, note: 'dead letters' });
  try {
    const discarded = await discardDeadLetters(place, place.actor(), ids, { reason, signal, onProgress });
    await place.afterChange(chosen.map(({ topic }) => topic));
    const rest = signal.aborted ? '; stopped, so run the command again for the rest' : '';
    return {
      // Not thrown as INTERRUPTED, because the document says how many letters were discarded.
      exit: signal.aborted ? ERRORS.INTERRUPTED.exit : EXIT.ok,
      json: { discarded },
      lines: [`${counted(discarded, 'dead letter')} discarded${rest}`],
    };
  } finally {
    bar.stop();
  }
}

function reasonOf(call: Call): string | null {
  const reason = textOption(call, 'reason');
  if (reason === null) return null;
  if (reason.length <= MAX_REASON && !/[\u0000-\u001f\u007f-\u009f]/.test(reason)) return reason;
  throw usage(`--reason takes one line of at most ${MAX_REASON} characters`);
}
