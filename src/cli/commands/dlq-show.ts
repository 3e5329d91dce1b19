import { KIB } from '../../base/bytes.ts';
import type { Replayed } from '../../pipeline/dead-letters/lineage.ts';
import type { PlaceCommand } from '../command/command.ts';
import { unknownLetter } from '../command/dead-letter-choice.ts';
import { switchOption, textArgument } from '../command/read-call.ts';
import { bytes } from '../terminal/words.ts';
import { deadLetterJson, deadLetterLines } from '../views/dead-letter-view.ts';

/** Enough to see what is wrong with a message, and little enough for a terminal. */
const SHOWN_BYTES = 64 * KIB;

export const command: PlaceCommand = {
  places: ['embedded', 'aws'],
  name: 'dlq show',
  summary: 'show one dead letter with its whole context',
  details: 'The body may contain personal data, so it is shown only with --reveal.',
  arguments: [{ name: 'ID', summary: 'id of the dead letter, as `dlq list` shows it', required: true }],
  options: [
    { flag: '--reveal', summary: `also show the body as it was received (the first ${bytes(SHOWN_BYTES)})` },
  ],
  examples: [
    { line: 'lean-ops dlq show 3f0c…', does: 'Shows why the message could not enter RAW, and what to do.' },
  ],
  answers: true,
  run: async (call, { terminal: { paint } }, place) => {
    const id = textArgument(call, 'ID');
    const found = await place.store.deadLetter(id);
    if (found === null) throw unknownLetter(id, place);
    const { letter } = found;
    const became = await place.becameOf(letter);
    const body = switchOption(call, 'reveal')
      ? Buffer.from(await place.letterBody(letter, found.body, SHOWN_BYTES))
      : null;
    return {
      exit: 0,
      json: { ...deadLetterJson(letter), became: becameJson(became), ...bodyJson(body, letter.bodySize) },
      lines: [
        ...deadLetterLines(letter, became, place.name),
        ...(body === null
          ? [paint('dim', '--reveal shows the body')]
          : ['', ...bodyLines(body, letter.bodySize)]),
      ],
    };
  },
};

function becameJson(became: Replayed | null) {
  return became === null ? null : { source: became.source, dead_letter_id: became.deadLetterId };
}

function bodyJson(body: Buffer | null, sizeBytes: bigint) {
  if (body === null) return {};
  return { body_base64: body.toString('base64'), body_truncated: sizeBytes > body.length };
}

/** Control characters are escaped, so that a body cannot control the terminal. */
function bodyLines(body: Buffer, sizeBytes: bigint): readonly string[] {
  const text = body.toString('utf8').replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, (char) => {
    return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
  const rest = Number(sizeBytes) - body.length;
  return rest > 0 ? [text, `… ${bytes(rest)} more`] : [text];
}
