import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { asLeanOpsError, errorJson, errorLines } from '../../src/cli/command/output.ts';
import { painter } from '../../src/cli/terminal/terminal.ts';
import { LeanOpsError } from '../../src/errors/error.ts';
import { remedyFor } from '../../src/errors/remedy.ts';
import { ERRORS, type ErrorCode } from '../../src/errors/taxonomy.ts';

const plain = (_style: string, text: string): string => text;
const exitOf = (code: ErrorCode): number => ERRORS[code].exit;

suite('output', () => {
  test('exit code 2 if the caller can fix it, 3 if the work could not be carried out', () => {
    const two: ErrorCode[] = [
      'USAGE',
      'CONFIG_INVALID',
      'CONTRACT_INVALID',
      'TOPIC_UNKNOWN',
      'WORKSPACE_MISSING',
      'QUERY_REFUSED',
      'SOURCE_MISSING',
      'MASKING_KEY_MISSING',
    ];
    const three: ErrorCode[] = [
      'DISK_FULL',
      'INTERNAL',
      'LEASE_HELD',
      'STATE_BUSY',
      'INTERRUPTED',
      'SOURCE_TRUNCATED',
      'DATA_FILE_CORRUPT',
      'FILE_CHANGED',
    ];
    assert.deepEqual(
      two.map(exitOf),
      two.map(() => 2),
    );
    assert.deepEqual(
      three.map(exitOf),
      three.map(() => 3),
    );
    // The only one that is the verdict of a check.
    assert.equal(exitOf('TOPIC_HALTED'), 1);
    const others = (Object.keys(ERRORS) as ErrorCode[]).filter((code) => code !== 'TOPIC_HALTED');
    for (const code of others) assert.ok([2, 3].includes(exitOf(code)), code);
  });

  test('code, what, where, remedy', () => {
    const error = new LeanOpsError('CONTRACT_INVALID', {
      operation: 'reading',
      detail: 'one\ntwo',
      file: 'a.yaml',
      line: 7,
    });
    assert.deepEqual(errorLines(error, plain), [
      'CONTRACT_INVALID while reading',
      '  one',
      '  two',
      '  where   a.yaml:7',
      `  remedy  ${remedyFor('CONTRACT_INVALID', 'embedded')}`,
    ]);
    assert.deepEqual(errorJson(error), {
      error: {
        code: 'CONTRACT_INVALID',
        stage: 'contract',
        class: 'setup',
        operation: 'reading',
        detail: 'one\ntwo',
        file: 'a.yaml',
        line: 7,
        remedy: remedyFor('CONTRACT_INVALID', 'embedded'),
      },
    });
  });

  test('the remedy fits the place and names what the command was about', () => {
    const error = new LeanOpsError('REBUILD_REQUIRED', { operation: 'x', detail: 'y' });
    const remedy = (...reader: Parameters<typeof errorLines>[2][]) =>
      errorLines(error, plain, ...reader).at(-1);
    assert.match(remedy() ?? '', /lean-ops rebuild TOPIC/);
    assert.match(remedy({ place: 'embedded', names: { topic: 'orders' } }) ?? '', /lean-ops rebuild orders/);
    assert.match(remedy({ place: 'aws', names: { topic: 'orders' } }) ?? '', /"topic":"orders"/);
    const own = new LeanOpsError('REBUILD_REQUIRED', { ...error.details, about: { topic: 'things' } });
    const json = errorJson(own, { place: 'embedded', names: { topic: 'orders' } });
    assert.match(JSON.stringify(json), /lean-ops rebuild things/);
  });

  test('commands in a remedy select the deployment in which the command failed', () => {
    const error = new LeanOpsError('TOPIC_HALTED', {
      operation: 'x',
      detail: 'y',
      about: { topic: 'orders' },
    });
    const target = { env: 'prod', profile: 'ops', region: undefined };
    const text = errorLines(error, plain, { place: 'aws', target }).at(-1) ?? '';
    assert.match(text, /`lean-ops errors orders --target aws --env prod --profile ops`/);
    assert.match(text, /`lean-ops topic resume orders --target aws --env prod --profile ops`/);
    assert.ok(JSON.stringify(errorJson(error, { place: 'aws', target })).includes('--env prod'));
  });

  test('a foreign error shows where it was thrown, never its text', () => {
    const error = asLeanOpsError(new TypeError('payload of Ada Lovelace'));
    const text = [...errorLines(error, plain), JSON.stringify(errorJson(error))].join('\n');
    assert.equal(error.code, 'INTERNAL');
    assert.match(text, /TypeError was thrown/);
    assert.match(text, /at .*output\.test\.ts/);
    assert.doesNotMatch(text, /Lovelace/);
  });

  test('colours on a terminal only, and not where NO_COLOR or a dumb terminal forbids them', () => {
    const sink = (isTTY: boolean) => ({ isTTY, write: () => undefined });
    assert.equal(painter(sink(true), {})('red', 'x'), '\u001b[31mx\u001b[39m');
    assert.equal(painter(sink(false), {})('red', 'x'), 'x');
    assert.equal(painter(sink(true), { NO_COLOR: '1' })('red', 'x'), 'x');
    assert.equal(painter(sink(true), { TERM: 'dumb' })('red', 'x'), 'x');
  });
});
