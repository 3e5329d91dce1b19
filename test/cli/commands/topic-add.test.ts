import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { LeanOpsError } from '../../../src/errors/error.ts';
import { workbench } from '../../support/workbench.ts';
import { at, outcomeOf } from '../outcome.ts';

suite('topic add', () => {
  test('proposes a valid contract, marks guesses, and skips bad lines', async () => {
    const bench = await workbench('');
    const { root } = bench.temporary;
    try {
      const lines = Array.from({ length: 30 }, (_, i) =>
        JSON.stringify({
          payment_id: `P-${i}`,
          state: i % 2 === 0 ? 'open' : 'paid',
          amount: i + 0.5,
          payer_mail: `kanarie${i}@example.org`,
          updated_at: '2026-01-01T00:00:00Z',
        }),
      );
      await writeFile(join(root, 'sample.ndjson'), [...lines, '{"cut":', '[1]', ''].join('\n'));
      const {
        exit,
        json,
        lines: words,
      } = await outcomeOf(root, 'topic', 'add', 'payments', '--from', 'sample.ndjson');
      assert.deepEqual([exit, at(json, 'samples'), at(json, 'key')], [0, 30, 'payment_id']);
      assert.deepEqual(at(json, 'skipped'), { MALFORMED_JSON: 1, NOT_AN_OBJECT: 1 });
      assert.match(words.join('\n'), /2 lines of the sample were skipped: 1 MALFORMED_JSON, 1 NOT_AN_OBJECT/);
      assert.match(
        words.join('\n'),
        /payer_mail +string +sure .*personal \(looks like an e-mail address\): masked by hash/,
      );
      assert.match(words.join('\n'), /amount +decimal\(18,2\) +guessed/);
      const text = await readFile(join(root, 'topics/payments.odcs.yaml'), 'utf8');
      assert.doesNotMatch(`${text}${JSON.stringify(json)}${words.join()}`, /kanarie|P-1|paid/);
      await writeFile(join(root, 'topics/things.odcs.yaml'), text.replaceAll('payments', 'things'));
      assert.equal((await outcomeOf(root, 'validate')).exit, 0);
      await assert.rejects(
        outcomeOf(root, 'topic', 'add', 'payments', '--from', 'sample.ndjson'),
        (error) => error instanceof LeanOpsError && /already has a contract/.test(error.message),
      );
      await writeFile(join(root, 'bad.ndjson'), '{"cut":\n');
      await assert.rejects(
        outcomeOf(root, 'topic', 'add', 'others', '--from', 'bad.ndjson'),
        (error) =>
          error instanceof LeanOpsError &&
          /1 line of the sample was skipped: 1 MALFORMED_JSON/.test(error.message),
      );
    } finally {
      await bench.close();
    }
  });
});
