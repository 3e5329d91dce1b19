import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { LeanOpsError } from '../../src/errors/error.ts';
import { murmur3, murmur3Long } from '../../src/iceberg/murmur3.ts';
import { applyTransform, parseTransform, transformedType } from '../../src/iceberg/transforms.ts';

const micros = (text: string) => BigInt(Date.parse(text)) * 1000n;

suite('partition transforms', () => {
  test('murmur3 returns the hashes in the specification (Appendix B)', () => {
    assert.equal(murmur3Long(34n), 2017239379);
    assert.equal(murmur3Long(17486n), -653330422); // date 2017-11-16
    assert.equal(murmur3Long(1510871468000000n), -2047944441); // timestamp 2017-11-16T22:31:08
    assert.equal(murmur3(Buffer.from('iceberg', 'utf8')), 1210000089);
    assert.equal(murmur3(Uint8Array.of(0, 1, 2, 3)), -188683207);
    assert.equal(murmur3(Uint8Array.of(0x05, 0x8c)), -500754589); // decimal 14.20
  });

  test('buckets are never negative', () => {
    const bucket = parseTransform('bucket[16]');
    assert.equal(applyTransform(bucket, 'long', 34n), 2017239379 % 16);
    assert.equal(applyTransform(bucket, 'date', 17486), (-653330422 & 0x7fffffff) % 16);
    assert.equal(applyTransform(bucket, 'decimal(9, 2)', 1420n), (-500754589 & 0x7fffffff) % 16);
    assert.equal(applyTransform(bucket, 'string', null), null);
  });

  test('times before 1970 belong to the unit that contains them', () => {
    const at = micros('1969-12-31T23:59:59.999Z');
    assert.equal(applyTransform(parseTransform('hour'), 'timestamptz', at), -1);
    assert.equal(applyTransform(parseTransform('day'), 'timestamptz', at), -1);
    assert.equal(applyTransform(parseTransform('month'), 'timestamptz', at), -1);
    assert.equal(applyTransform(parseTransform('year'), 'timestamptz', at), -1);
    assert.equal(applyTransform(parseTransform('day'), 'timestamptz', 0n), 0);
  });

  test('days, months and hours of an ordinary time', () => {
    const at = micros('2017-11-16T22:31:08Z');
    assert.equal(applyTransform(parseTransform('day'), 'timestamptz', at), 17486);
    assert.equal(applyTransform(parseTransform('month'), 'timestamptz', at), 574);
    assert.equal(applyTransform(parseTransform('hour'), 'timestamptz', at), 419686);
    assert.equal(applyTransform(parseTransform('month'), 'date', 17486), 574);
  });

  test('result types', () => {
    assert.equal(transformedType(parseTransform('day'), 'timestamptz'), 'date');
    assert.equal(transformedType(parseTransform('bucket[4]'), 'string'), 'int');
    assert.equal(transformedType(parseTransform('identity'), 'decimal(9, 2)'), 'decimal(9, 2)');
  });

  test('an unknown transform is refused', () => {
    assert.throws(() => parseTransform('truncate[4]'), hasCode('TABLE_UNSUPPORTED'));
  });
});

function hasCode(code: string): (error: unknown) => boolean {
  return (error) => error instanceof LeanOpsError && error.code === code;
}
