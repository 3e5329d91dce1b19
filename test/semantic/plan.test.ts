import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { ColumnType, Gate } from '../../src/contract/model.ts';
import { IDEMPOTENCY_KEY, planOf } from '../../src/semantic/plan.ts';
import { column, topicOf } from '../sql/harness.ts';

const TEXT: ColumnType = { kind: 'string' };

suite('the plan of a contract', () => {
  test('the code of a missing value says why it must exist: key before critical before required', () => {
    const { columns } = planOf(
      topicOf([
        column('a', TEXT, { keyPosition: 1, cde: true, required: true }),
        column('b', TEXT, { keyPosition: 2 }),
        column('c', TEXT, { cde: true, required: true }),
        column('d', TEXT, { required: true }),
        column('e', TEXT),
        column('f', TEXT, { cde: true }),
      ]),
    );
    assert.deepEqual(
      columns.map(({ missing, rejects }) => [missing, rejects]),
      [
        ['KEY_MISSING', true],
        ['KEY_MISSING', true],
        ['CDE_MISSING', true],
        ['REQUIRED_MISSING', true],
        [null, false],
        ['CDE_MISSING', true],
      ],
    );
  });

  test('rejects every violation if the contract says so', () => {
    const { columns } = planOf(topicOf([column('e', TEXT)], { onTypeMismatch: 'reject' }));
    assert.deepEqual([columns[0]?.missing, columns[0]?.rejects], [null, true]);
  });

  test('rejects by the row rules of quality[], and not by options of the type', () => {
    const gates = (gate: Gate) => planOf(topicOf([column('e', TEXT, { gates: [gate] })])).columns[0]?.rejects;
    assert.equal(gates({ kind: 'validValues', values: ['a'] }), true);
    assert.equal(gates({ kind: 'validPattern', pattern: 'a' }), true);
    assert.equal(gates({ kind: 'missingValues', values: ['a'] }), true);
    assert.equal(gates({ kind: 'maxLength', length: 1 }), false);
    assert.equal(gates({ kind: 'pattern', pattern: 'a' }), false);
  });

  test('uses the idempotency key if the contract names no key', () => {
    assert.deepEqual(planOf(topicOf([column('a', TEXT)])).key, [IDEMPOTENCY_KEY]);
    assert.deepEqual(planOf(topicOf([column('a', TEXT, { keyPosition: 1 })])).key, ['a']);
  });

  test('needs a masking key if one value is hashed', () => {
    const masked = column('a', TEXT, { masking: { kind: 'hash' } });
    const other = column('b', TEXT, { masking: { kind: 'redact' } });
    assert.equal(planOf(topicOf([other])).needsMaskingKey, false);
    assert.equal(planOf(topicOf([other, masked])).needsMaskingKey, true);
    const byPath = planOf(topicOf([other, masked], { idempotencyKeyPath: masked.path }));
    assert.deepEqual([byPath.hashIdempotencyKey, byPath.needsMaskingKey], [true, true]);
  });
});
