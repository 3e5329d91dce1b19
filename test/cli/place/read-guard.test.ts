import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { readGuard } from '../../../src/cli/place/read-guard.ts';
import type { Terminal } from '../../../src/cli/terminal/terminal.ts';
import { LeanOpsError } from '../../../src/errors/error.ts';

const GIB = 1024 ** 3;

const guard = (isAllowed: boolean, confirm: Terminal['confirm']) =>
  readGuard({ purpose: 'explaining', isAllowed }, { confirm });

const refused = (code: string) => (error: unknown) => error instanceof LeanOpsError && error.code === code;

suite('how much a command may read from S3', () => {
  test('up to 1 GiB is read without asking, counted over all reads', async () => {
    const before = guard(false, null);
    await before({ files: 1, bytes: GIB / 2 });
    await before({ files: 1, bytes: GIB / 2 });
    // Earlier reads count.
    await assert.rejects(before({ files: 1, bytes: 1 }), /1\.0 GiB, from S3: pass --yes/);
  });

  test('more is read after one question, or with --yes', async () => {
    const asked: string[] = [];
    const answering = (answer: boolean) => async (question: string) => {
      asked.push(question);
      return answer;
    };
    const allowed = guard(false, answering(true));
    await allowed({ files: 3, bytes: 3 * GIB });
    await allowed({ files: 3, bytes: 3 * GIB });
    assert.deepEqual(asked, ['explaining reads every row of RAW, 3.0 GiB, from S3. Continue?']);
    await assert.rejects(
      guard(false, answering(false))({ files: 3, bytes: 3 * GIB }),
      refused('INTERRUPTED'),
    );
    await guard(true, null)({ files: 3, bytes: 3 * GIB });
    await assert.rejects(guard(false, null)({ files: 3, bytes: 3 * GIB }), refused('USAGE'));
    await readGuard({ purpose: null, isAllowed: false }, { confirm: null })({ files: 3, bytes: 3 * GIB });
  });
});
