import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { pairs, table } from '../../src/cli/terminal/table.ts';

suite('table', () => {
  test('text is aligned left, numbers right with separators, NULL is empty', () => {
    assert.deepEqual(
      table(
        ['topic', 'rows'],
        [
          ['orders', 1234567],
          ['a', 5n],
          [null, null],
        ],
      ),
      ['topic        rows', '──────  ─────────', 'orders  1,234,567', 'a               5', ''],
    );
  });

  test('colours have no width', () => {
    const [, , line] = table(['a', 'b'], [['\u001b[31mred\u001b[39m', 'x']]);
    assert.equal(line, '\u001b[31mred\u001b[39m  x');
  });

  test('wide characters take two cells', () => {
    assert.deepEqual(
      table(
        ['name', 'x'],
        [
          ['山田', 'a'],
          ['Zoë', 'b'],
          ['ok 🔔', 'c'],
        ],
      ),
      ['name   x', '─────  ─', '山田   a', 'Zoë    b', 'ok 🔔  c'],
    );
  });

  test('text from the data can neither control the terminal nor break a line', () => {
    const [, , line] = table(['a'], [['x\u001b]0;title\u0007\n\u001b[2Jy\u009b1m']]);
    assert.equal(line, 'x\\u001b]0;title\\u0007\\u000a\\u001b[2Jy\\u009b1m');
  });

  test('an empty table shows its header', () => {
    assert.deepEqual(table(['a', 'bb'], []), ['a  bb', '─  ──']);
  });

  test('pairs are aligned in lines', () => {
    assert.deepEqual(
      pairs([
        ['id', '1'],
        ['topic', 'orders'],
      ]),
      ['id     1', 'topic  orders'],
    );
  });
});
