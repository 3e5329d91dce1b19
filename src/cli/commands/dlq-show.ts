import { open } from 'node:fs/promises';
import { KIB } from '../../base/bytes.ts';
import { bodyPath } from '../../embedded/dead-letters/letter-body.ts';
import type { Workspace } from '../../embedded/workspace/workspace.ts';
import { type Replayed, whatBecameOf } from '../../pipeline/dead-letters/lineage.ts';
import type { DeadLetterBody } from '../../state/dead-letter.ts';
import type { CommandSpec } from '../command/command.ts';
import { switchOption, textArgument } from '../command/read-call.ts';
import { bytes } from '../terminal/words.ts';
import { deadLetterJson, deadLetterLines } from '../views/dead-letter-view.ts';
import { unknownLetter } from '../work/dead-letter-choice.ts';
import { withWorkspace } from '../work/workspace.ts';

/** A screenful or so; the file named beside it holds the rest. */
const SHOWN_BYTES = 64 * KIB;

export const command: CommandSpec = {
  name: 'dlq show',
  summary: 'show one dead letter with its whole context',
  details: 'The body may hold personal data, so it is shown only with --reveal.',
  arguments: [{ name: 'ID', summary: 'the dead letter, as `dlq list` names it', required: true }],
  options: [{ flag: '--reveal', summary: 'show the original body too (the first 64 KiB)' }],
  examples: [
    { line: 'lean-ops dlq show 3f0c…', does: 'Shows why the message could not enter RAW, and what to do.' },
  ],
  answers: true,
  run: (call, context) =>
    withWorkspace(context, async (workspace) => {
      const id = textArgument(call, 'ID');
      const found = await workspace.store.deadLetter(id);
      if (found === null) throw unknownLetter(id);
      const became = await whatBecameOf(workspace.store, found.letter);
      const body = switchOption(call, 'reveal') ? await readBody(workspace, found.body) : null;
      const { paint } = context.terminal;
      return {
        exit: 0,
        json: {
          ...deadLetterJson(found.letter),
          became: becameJson(became),
          ...(body === null
            ? {}
            : { body_base64: body.toString('base64'), body_truncated: found.letter.bodySize > body.length }),
        },
        lines: [
          ...deadLetterLines(found.letter, became),
          ...(body === null
            ? [paint('dim', '--reveal shows the body')]
            : ['', ...shown(body, found.letter.bodySize)]),
        ],
      };
    }),
};

export function becameJson(became: Replayed | null) {
  return became === null ? null : { source: became.source, dead_letter_id: became.deadLetterId };
}

async function readBody(workspace: Workspace, body: DeadLetterBody): Promise<Buffer> {
  if (body.kind === 'inline') return Buffer.from(body.bytes).subarray(0, SHOWN_BYTES);
  const handle = await open(bodyPath(workspace, body.pointer));
  try {
    const { buffer, bytesRead } = await handle.read({ buffer: Buffer.alloc(SHOWN_BYTES) });
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** Control characters are shown, not sent to the terminal. */
export function shown(body: Buffer, size: bigint): readonly string[] {
  const text = body.toString('utf8').replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, (char) => {
    return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
  const rest = Number(size) - body.length;
  return rest > 0 ? [text, `… ${bytes(rest)} more`] : [text];
}
