import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { type ChangeKind, classifyChange } from '../../src/contract/change.ts';
import { COMPATIBILITY_RULES, checkCompatibility } from '../../src/contract/compatibility.ts';
import type { Compatibility, Topic } from '../../src/contract/model.ts';
import { contractText, ORDER_ID, topicOf } from './sample.ts';

const property = (name: string, ...lines: readonly string[]): string =>
  [`      - name: ${name}`, ...lines.map((line) => `        ${line}`)].join('\n');
const custom = (name: string, value: string): readonly string[] => [
  'customProperties:',
  `  - {property: ${name}, value: ${value}}`,
];
const topic = (properties: string, rest = ''): Topic =>
  topicOf(contractText([ORDER_ID, properties].filter((part) => part !== '').join('\n'), rest));
const text = (...lines: readonly string[]): string => property('a', 'logicalType: string', ...lines);
const time = (...lines: readonly string[]): string => property('a', 'logicalType: timestamp', ...lines);
const integer = (physical: string): string =>
  property('a', 'logicalType: integer', `physicalType: ${physical}`);
const minLength = (length: number): string => text(`logicalTypeOptions: {minLength: ${length}}`);
const setting = (name: string, value: string): string => `  - {property: ${name}, value: ${value}}\n`;

interface Sample {
  readonly before: Topic;
  readonly after: Topic;
  /** The expected result, written down before the table: does it keep backward, forward? */
  readonly backward: boolean;
  readonly forward: boolean;
}

const YES = true;
const NO = false;
const cell = (before: Topic, after: Topic, backward: boolean, forward: boolean): Sample => ({
  before,
  after,
  backward,
  forward,
});

/** One real pair of contracts for each kind of change. */
const SAMPLES: Readonly<Record<ChangeKind, Sample>> = {
  'added-optional': cell(topic(''), topic(text()), YES, YES),
  'added-required': cell(topic(''), topic(text('required: true')), NO, YES),
  removed: cell(topic(text()), topic(''), YES, YES),
  'removed-required': cell(topic(text('required: true')), topic(''), YES, NO),
  widened: cell(topic(integer('int')), topic(integer('long')), YES, NO),
  type: cell(topic(integer('int')), topic(text()), NO, NO),
  path: cell(topic(text()), topic(text(...custom('path', 'b'))), NO, NO),
  key: cell(topic(text()), topicOf(contractText(text('primaryKey: true'))), NO, NO),
  masking: cell(topic(text()), topic(text('classification: restricted')), YES, NO),
  partition: cell(topic(time()), topic(time('partitioned: true', ...custom('transform', 'day'))), YES, YES),
  'rule-stricter': cell(topic(minLength(1)), topic(minLength(2)), NO, YES),
  'rule-looser': cell(topic(minLength(2)), topic(minLength(1)), YES, NO),
  'rule-other': cell(
    topic(text('logicalTypeOptions: {pattern: "a"}')),
    topic(text('logicalTypeOptions: {pattern: "b"}')),
    NO,
    NO,
  ),
  'rule-same': cell(topic(text('required: true')), topic(text('criticalDataElement: true')), YES, YES),
  'takes-more': cell(topic(text()), topic(text(), setting('acceptNumericStrings', 'true')), YES, YES),
  reading: cell(topic(time()), topic(time(...custom('epoch', 'ms'))), NO, YES),
  order: cell(
    topic(`${text()}\n${property('b', 'logicalType: string')}`),
    topic(`${property('b', 'logicalType: string')}\n${text()}`),
    YES,
    YES,
  ),
  intake: cell(topic(text()), topic(text(), setting('idempotencyKey', 'other')), NO, YES),
  operation: cell(topic(text()), topic(text(), setting('compatibility', 'FULL')), YES, YES),
  description: cell(topic(text()), topic(text('description: Words.')), YES, YES),
};

const MODES = Object.keys(COMPATIBILITY_RULES) as Compatibility[];
const wants = (mode: Compatibility, direction: 'BACKWARD' | 'FORWARD'): boolean =>
  mode.startsWith(direction) || mode.startsWith('FULL');

suite('compatibility', () => {
  for (const [kind, { before, after, backward, forward }] of Object.entries(SAMPLES)) {
    test(`${kind}: backward ${backward ? 'kept' : 'broken'}, forward ${forward ? 'kept' : 'broken'}`, () => {
      for (const mode of MODES) {
        const found = checkCompatibility(mode, [before], after)
          .filter(({ change }) => change.kind === kind)
          .map(({ direction, version }) => `${direction} ${version}`);
        const expected = [
          ...(wants(mode, 'BACKWARD') && !backward ? ['backward 1'] : []),
          ...(wants(mode, 'FORWARD') && !forward ? ['forward 1'] : []),
        ];
        assert.deepEqual(found, expected, mode);
      }
    });
  }

  test('each sample shows its kind, so every cell is tested', () => {
    for (const [kind, { before, after }] of Object.entries(SAMPLES)) {
      const kinds = classifyChange(before, after).map((change) => change.kind);
      assert.ok(kinds.includes(kind as ChangeKind), `${kind} is not among ${kinds.join(', ')}`);
    }
  });

  test('NONE allows everything, and a first version has nothing to follow', () => {
    for (const { before, after } of Object.values(SAMPLES)) {
      assert.deepEqual(checkCompatibility('NONE', [before], after), []);
      for (const mode of MODES) assert.deepEqual(checkCompatibility(mode, [], after), []);
    }
  });

  test('_ALL compares with every version, the others with the latest', () => {
    const one = topic(minLength(1));
    const two = topic(text());
    const three = topic(minLength(1));
    const versions = (mode: Compatibility): readonly string[] =>
      checkCompatibility(mode, [two, one], three).map(({ version, direction }) => `${direction} ${version}`);
    assert.deepEqual(versions('BACKWARD'), []);
    assert.deepEqual(versions('BACKWARD_ALL'), ['backward 1']);
    assert.deepEqual(versions('FULL'), []);
    assert.deepEqual(versions('FULL_ALL'), ['backward 1']);
    assert.deepEqual(versions('FORWARD_ALL'), []);
    assert.deepEqual(
      checkCompatibility('FORWARD_ALL', [one, two], two).map(({ version }) => version),
      [1],
    );
  });

  test('every reason is reported with its change', () => {
    const before = topic(`${minLength(1)}\n${property('b', 'logicalType: integer', 'physicalType: int')}`);
    const after = topic(`${minLength(2)}\n${property('b', 'logicalType: integer', 'physicalType: long')}`);
    const found = checkCompatibility('FULL', [before], after);
    assert.deepEqual(
      found.map(({ direction, change }) => `${direction} ${change.kind} ${change.column}`),
      ['backward rule-stricter a', 'forward widened b'],
    );
    for (const { why, change } of found) {
      assert.match(why, /^[A-Z].*\.$/);
      assert.match(change.detail, /^\S.*\.$/);
    }
  });
});
