import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { type NewProperty, withMuted, withoutMuted, withProperty } from '../../src/contract/edit-contract.ts';
import type { Topic } from '../../src/contract/model.ts';
import { parsePath } from '../../src/contract/path.ts';
import { LeanOpsError } from '../../src/errors/error.ts';
import { remedyOf } from '../../src/errors/remedy.ts';
import { contractText, load, ORDER_ID, topicOf } from './sample.ts';

const EXAMPLES = ['orders', 'earthquakes'].map((name) => ({
  name: `${name}.odcs.yaml`,
  text: readFileSync(new URL(`../../examples/workspace/topics/${name}.odcs.yaml`, import.meta.url), 'utf8'),
}));

function property(path: string, parts: Partial<NewProperty> = {}): NewProperty {
  const parsed = parsePath(path);
  assert.ok(parsed.ok);
  const type = { logicalType: 'integer', physicalType: null, epoch: null, truncate: false } as const;
  return { path: parsed.segments, type, masking: null, ...parts };
}

/** The lines that one text has and the other lacks. All other lines must be the same, in the same order. */
function added(before: string, after: string): readonly string[] {
  const [old, now] = [before.split('\n'), after.split('\n')];
  const first = now.findIndex((line, at) => line !== old[at]);
  const count = now.length - old.length;
  assert.deepEqual([...now.slice(0, first), ...now.slice(first + count)], old, 'nothing else changed');
  return now.slice(first, first + count);
}

function reload(text: string, file: string): Topic {
  const loaded = load(text, file);
  assert.ok(loaded.ok, JSON.stringify(loaded));
  return loaded.topic;
}

suite('editing a contract', () => {
  for (const { name, text } of EXAMPLES) {
    test(`${name}: a new property adds its lines and changes nothing else`, () => {
      const topic = reload(text, name);
      for (const path of [
        'brand_new',
        'customer.brand_new',
        'properties.brandNew',
        'else.where[3].brandNew',
      ]) {
        const after = withProperty(text, topic, property(path));
        assert.ok(added(text, after).length >= 2, path);
        const columns = reload(after, name).columns;
        const column = columns.find(({ displayPath }) => displayPath === path);
        assert.deepEqual([column?.type.kind, column?.required, column?.cde], ['long', false, false], path);
        assert.equal(columns.length, topic.columns.length + 1);
      }
    });

    test(`${name}: each muted path adds its lines`, () => {
      const once = withMuted(text, { path: 'a.b', kind: null });
      added(text, once);
      const twice = withMuted(once, { path: '{key}', kind: 'UNKNOWN_PATH' });
      added(once, twice);
      const { driftMuted, columns } = reload(twice, name);
      assert.deepEqual(driftMuted, [
        { path: 'a.b', kind: null },
        { path: '{key}', kind: 'UNKNOWN_PATH' },
      ]);
      assert.deepEqual(columns, reload(text, name).columns);
    });
  }

  test('comments, blank lines, a missing last line end and Windows line ends stay', () => {
    const plain = contractText(
      `${ORDER_ID} # the key\n      # a comment\n      - {name: size, logicalType: integer}   # sizes\n      # the last word\n\n`,
    );
    for (const text of [plain, plain.trimEnd(), plain.replaceAll('\n', '\r\n')]) {
      const topic = topicOf(text);
      const after = withProperty(text, topic, property('colour'));
      assert.equal(topicOf(after).columns.length, 3);
      assert.equal(after.replace(/ {6}- name: colour\r?\n {8}logicalType: integer\r?\n/, ''), text);
      const muted = withMuted(text, { path: 'colour', kind: null });
      assert.equal(topicOf(muted).driftMuted.length, 1);
      for (const word of ['# the key', '# a comment', '# sizes', '# the last word'])
        assert.ok(after.includes(word) && muted.includes(word), word);
    }
  });

  test('a list in one line grows in that line', () => {
    const text = contractText(ORDER_ID).replace(
      /properties:\n[\s\S]*?customProperties/,
      'properties: [{name: order_id, logicalType: string, primaryKey: true}, ]\ncustomProperties',
    );
    const sound = text.replace('}, ]', '}]');
    assert.equal(topicOf(withProperty(sound, topicOf(sound), property('colour'))).columns.length, 2);
    assert.throws(
      () => withProperty(text, topicOf(text), property('colour')),
      (error) =>
        error instanceof LeanOpsError &&
        error.code === 'USAGE' &&
        /name: colour/.test(remedyOf(error, 'embedded')),
    );
  });

  test('unmuting restores the text, wherever the entry was', () => {
    const own = contractText(ORDER_ID);
    const bare = own.replace(/customProperties:[\s\S]*/, '');
    const inline = own.replace(
      /customProperties:[\s\S]*/,
      'customProperties: [{property: envelope, value: bare}]\n',
    );
    const texts = [...EXAMPLES.map(({ text }) => text), own, own.replaceAll('\n', '\r\n'), bare, inline];
    const [a, b, c] = [
      { path: 'a.b', kind: null },
      { path: '{key}', kind: 'UNKNOWN_PATH' },
      { path: 'a.b', kind: 'MISSING_PATH' },
    ] as const;
    for (const text of texts) {
      const steps = [text];
      for (const each of [a, b, c]) steps.push(withMuted(steps.at(-1) ?? '', each));
      const [none = '', one = '', two = '', three = ''] = steps;
      assert.equal(withoutMuted(three, c), two);
      assert.equal(withoutMuted(two, b), one);
      assert.equal(withoutMuted(one, a), none);
      const middle = withoutMuted(three, b);
      assert.deepEqual(
        reload(middle ?? '', `${/^ {2}- name: (\w+)/m.exec(text)?.[1]}.odcs.yaml`).driftMuted,
        [a, c],
      );
      // If a path has several entries, the caller must name one.
      assert.throws(
        () => withoutMuted(three, { path: 'a.b', kind: null }),
        (error) => error instanceof LeanOpsError && error.code === 'USAGE',
      );
      assert.equal(withoutMuted(three, { path: 'other', kind: null }), null);
      assert.equal(withoutMuted(two, { path: 'a.b', kind: 'MISSING_PATH' }), null);
      assert.equal(withoutMuted(none, a), null);
    }
  });

  test('a contract without custom properties gets them', () => {
    const text = contractText(ORDER_ID).replace(/customProperties:[\s\S]*/, '');
    assert.deepEqual(topicOf(withMuted(text, { path: 'x', kind: null })).driftMuted, [
      { path: 'x', kind: null },
    ]);
  });

  test('a name that is in use or not a column name gets a physicalName; types and masking are written', () => {
    const text = contractText(
      `${ORDER_ID}\n      - {name: colourTone, physicalName: colour_tone, logicalType: string}`,
    );
    const after = withProperty(
      text,
      topicOf(text),
      property('ColourTone', {
        type: { logicalType: 'timestamp', physicalType: null, epoch: 'ms', truncate: true },
        masking: 'null',
      }),
    );
    const column = topicOf(after).columns[2];
    assert.deepEqual(
      [column?.name, column?.epoch, column?.truncate, column?.masking],
      ['colour_tone_2', 'ms', true, { kind: 'null' }],
    );
    const money = withProperty(
      text,
      topicOf(text),
      property('price', {
        type: { logicalType: 'number', physicalType: 'decimal(9,2)', epoch: null, truncate: false },
      }),
    );
    assert.deepEqual(topicOf(money).columns[2]?.type, { kind: 'decimal', precision: 9, scale: 2 });
  });

  test('for any names, the edited contract loads and contains the path, or nothing is written', () => {
    const key = fc.oneof(
      fc.string({ minLength: 1, maxLength: 8 }),
      fc.constantFrom('true', 'null', '1', '- a', '#', 'y'),
    );
    fc.assert(
      fc.property(key, (name) => {
        fc.pre(name.trim() !== '' && !/\p{Cc}/u.test(name) && name.isWellFormed() && name !== 'order_id');
        const text = contractText(ORDER_ID);
        const path = [{ kind: 'key', key: name }] as const;
        const after = withProperty(text, topicOf(text), { ...property('x'), path });
        assert.deepEqual(topicOf(after).columns[1]?.path, path);
      }),
      { numRuns: 300 },
    );
  });
});
