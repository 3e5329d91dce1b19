import { open, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { inferContract } from '../../contract/infer.ts';
import { isErrno } from '../../engine/workspace/errno.ts';
import { contractFile, workspacePaths } from '../../engine/workspace/paths.ts';
import { LeanOpsError } from '../../errors/error.ts';
import type { CommandSpec } from '../command.ts';
import { readConfigText } from '../contract-files.ts';
import { textArgument, textOption, usage } from '../read-call.ts';
import { shownPath } from '../shown-path.ts';
import { counted } from '../words.ts';

/** Enough to see every field of most topics, and read in a moment. */
const MAX_SAMPLE_BYTES = 16 * 1024 * 1024;
const MAX_SAMPLES = 10_000;

export const command: CommandSpec = {
  name: 'topic add',
  summary: 'propose a contract from sample messages',
  details:
    'Writes topics/TOPIC.odcs.yaml with the types, keys and personal data that the sample shows; its comments tell what was sure and what was guessed. Read it before you use it.',
  arguments: [{ name: 'TOPIC', summary: 'lower snake_case name of the new topic', required: true }],
  options: [
    {
      flag: '--from',
      value: 'SAMPLE',
      summary: 'file with one JSON message a line',
      required: true,
      completes: 'file',
    },
  ],
  examples: [
    { line: 'lean-ops topic add payments --from payments.ndjson', does: 'Writes topics/payments.odcs.yaml.' },
  ],
  answers: false,
  async run(call, { workspace, cwd, terminal }) {
    const topic = textArgument(call, 'TOPIC');
    const sample = textOption(call, 'from') ?? '';
    await readConfigText(workspace);
    const { messages, unreadable } = await readSample(resolve(cwd, sample));
    if (unreadable > 0)
      terminal.note(`${counted(unreadable, 'line')} of the sample could not be read as JSON`);
    const text = inferContract(topic, messages);
    const file = contractFile(workspacePaths(workspace), topic);
    await writeNew(file, text);
    const shown = shownPath(cwd, file);
    return {
      exit: 0,
      json: { topic, file, samples: messages.length, unreadable },
      lines: [
        `${terminal.paint('green', 'wrote')} ${shown} from ${counted(messages.length, 'message')}`,
        'Read it: what was guessed is marked. Then: lean-ops validate',
      ],
    };
  },
};

async function readSample(file: string): Promise<{ messages: readonly unknown[]; unreadable: number }> {
  const lines = (await readStart(file)).split('\n').slice(0, MAX_SAMPLES);
  const messages: unknown[] = [];
  let unreadable = 0;
  for (const line of lines.filter((each) => each.trim() !== '')) {
    try {
      messages.push(JSON.parse(line));
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      unreadable++;
    }
  }
  if (messages.length === 0) throw usage(`${file} holds no JSON message; expected one a line`);
  return { messages, unreadable };
}

/** The whole lines among the first bytes. */
async function readStart(file: string): Promise<string> {
  try {
    const handle = await open(file);
    try {
      const { buffer, bytesRead } = await handle.read({ buffer: Buffer.alloc(MAX_SAMPLE_BYTES) });
      const text = buffer.toString('utf8', 0, bytesRead);
      return bytesRead < MAX_SAMPLE_BYTES ? text : text.slice(0, text.lastIndexOf('\n') + 1);
    } finally {
      await handle.close();
    }
  } catch (cause) {
    const code = isErrno(cause, 'ENOENT') ? 'SOURCE_MISSING' : 'SOURCE_UNREADABLE';
    throw new LeanOpsError(code, {
      operation: 'reading the sample',
      detail: 'it cannot be opened',
      file,
      cause,
    });
  }
}

async function writeNew(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text, { flag: 'wx' });
  } catch (cause) {
    if (!isErrno(cause, 'EEXIST')) throw cause;
    throw new LeanOpsError('USAGE', {
      operation: 'writing the contract',
      detail: 'the topic has a contract already',
      file,
      remedy: 'Edit that file, or remove it first.',
      cause,
    });
  }
}
