import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { readGuard } from '../../../src/cli/aws/read-guard.ts';
import type { Call, Context } from '../../../src/cli/command/command.ts';
import { openTerminal } from '../../../src/cli/terminal/terminal.ts';
import { LeanOpsError } from '../../../src/errors/error.ts';

const GIB = 1024 ** 3;
const sink = { write: () => true };

function guard(options: Call['options'], confirm: Context['terminal']['confirm']) {
  const terminal = openTerminal({ words: sink, notes: sink, answers: null, quiet: true, env: {} });
  const context: Context = {
    workspace: '',
    cwd: '',
    env: {},
    terminal: { ...terminal, confirm },
    signal: new AbortController().signal,
    loadCommands: async () => [],
  };
  return readGuard({ arguments: {}, options }, context, 'explaining');
}

const refused = (code: string) => (error: unknown) => error instanceof LeanOpsError && error.code === code;

suite('what a question on AWS may read', () => {
  test('little is read without a word, however many times', async () => {
    const before = guard({}, null);
    await before({ files: 1, bytes: GIB / 2 });
    await before({ files: 1, bytes: GIB / 2 });
    // What was read before counts.
    await assert.rejects(before({ files: 1, bytes: 1 }), /1\.0 GiB, from S3: say --yes/);
  });

  test('much is asked for once, or allowed by --yes', async () => {
    const asked: string[] = [];
    const answering = (answer: boolean) => async (question: string) => {
      asked.push(question);
      return answer;
    };
    const allowed = guard({}, answering(true));
    await allowed({ files: 3, bytes: 3 * GIB });
    await allowed({ files: 3, bytes: 3 * GIB });
    assert.deepEqual(asked, ['explaining reads every row of RAW, 3.0 GiB, from S3. Go on?']);
    await assert.rejects(guard({}, answering(false))({ files: 3, bytes: 3 * GIB }), refused('INTERRUPTED'));
    await guard({ yes: true }, null)({ files: 3, bytes: 3 * GIB });
    await assert.rejects(guard({}, null)({ files: 3, bytes: 3 * GIB }), refused('USAGE'));
  });
});
