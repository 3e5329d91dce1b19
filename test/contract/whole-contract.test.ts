import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadContract, loadContracts } from '../../src/contract/load.ts';
import { contractText, describe, encode, errorsOf, load, markedLine, ORDER_ID, topicOf } from './sample.ts';

const GOOD = contractText(ORDER_ID);

/** GOOD, changed at one place, has exactly these problems. In a marked text they are on the marked line. */
function expectErrors(
  name: string,
  yaml: string,
  ...expected: readonly (readonly [path: string, text: RegExp])[]
): void {
  test(`refused: ${name}`, () => {
    const errors = errorsOf(yaml);
    assert.equal(errors.length, expected.length, describe(errors));
    for (const [i, [path, text]] of expected.entries()) {
      assert.equal(errors[i]?.path, path);
      assert.match(describe(errors.slice(i, i + 1)), text);
      if (yaml.includes('# !')) assert.equal(errors[i]?.line, markedLine(yaml));
    }
  });
}

function changed(from: string, to: string): string {
  assert.ok(GOOD.includes(from));
  return GOOD.replace(from, to);
}

expectErrors('old apiVersion', changed('apiVersion: v3.1.0', 'apiVersion: v3.0.2 # !'), [
  'apiVersion',
  /expected v3\.1\.0, found "v3\.0\.2"/,
]);
expectErrors('other kind', changed('kind: DataContract', 'kind: Data # !'), [
  'kind',
  /expected DataContract/,
]);
expectErrors('no id', changed('id: 4f5a\n', ''), ['', /id is missing/]);
expectErrors('version as number', changed('version: 1.0.0', 'version: 1.0 # !'), [
  'version',
  /expected a text, found 1 — Put it in quotes/,
]);
expectErrors('version with blanks', changed('version: 1.0.0', 'version: 1 0 # !'), [
  'version',
  /expected a version of letters/,
]);
expectErrors('empty status', changed('status: active', 'status: # !'), [
  'status',
  /expected a text, found nothing/,
]);
expectErrors('unknown top-level key', changed('status: active', 'status: active\nschemas: [] # !'), [
  'schemas',
  /Did you mean schema\?/,
]);
expectErrors('merge key', changed('status: active', 'status: active\n<<: {a: 1} # !'), [
  '<<',
  /unknown key "<<"/,
]);
expectErrors(
  'two schema objects',
  `${GOOD.replace('customProperties:', '  - name: b # !\n    properties: []\ncustomProperties:')}`,
  ['schema[1]', /a second schema object/],
);
expectErrors(
  'topic name',
  changed('- name: orders', '- name: Orders # !'),
  ['schema[0].name', /is not a topic name/],
  ['schema[0].name', /is in the file/],
);
expectErrors('topic not as the file', changed('- name: orders', '- name: order # !'), [
  'schema[0].name',
  /the topic "order" is in the file "orders\.odcs\.yaml"/,
]);
expectErrors(
  'name of the table',
  changed('- name: orders', '- name: orders\n    physicalName: t_orders # !'),
  ['schema[0].physicalName', /always has the name of its topic/],
);
const tableRule = (rule: string): string =>
  changed('- name: orders', `- name: orders\n    quality:\n      - ${rule} # !`);
expectErrors('rule of a column at the table', tableRule('{metric: nullValues, mustBe: 0}'), [
  'schema[0].quality[0].metric',
  /nullValues applies to one column — Move the rule to its property/,
]);
expectErrors('share of all rows', tableRule('{metric: rowCount, unit: percent, mustBe: 0}'), [
  'schema[0].quality[0].unit',
  /rowCount cannot be a share/,
]);
expectErrors('duplicates of nothing', tableRule('{metric: duplicateValues, mustBe: 0}'), [
  'schema[0].quality[0]',
  /arguments is missing, expected properties/,
]);
expectErrors(
  'duplicates of an unknown column',
  tableRule('{metric: duplicateValues, mustBe: 0, arguments: {properties: [order_id, orderid]}}'),
  [
    'schema[0].quality[0].arguments.properties[1]',
    /the contract has no column "orderid" — Did you mean order_id\?/,
  ],
);
expectErrors(
  'duplicates of a column twice',
  tableRule('{metric: duplicateValues, mustBe: 0, arguments: {properties: [order_id, order_id]}}'),
  ['schema[0].quality[0].arguments.properties[1]', /is listed twice/],
);
expectErrors('no properties', GOOD.replace(/ {4}properties:[\s\S]*?customProperties/, 'customProperties'), [
  'schema[0]',
  /properties is missing/,
]);
expectErrors(
  'root custom property in the table',
  changed(
    '- name: orders',
    '- name: orders\n    customProperties:\n      - {property: envelope, value: bare} # !',
  ),
  ['schema[0].customProperties[0].property', /does not belong here/],
);
expectErrors('unknown envelope', changed('value: bare}', 'value: bar} # !'), [
  'customProperties[0].value',
  /Did you mean bare\?/,
]);
expectErrors('publish time by index', changed('value: updated_at}', 'value: "[0].a"} # !'), [
  'customProperties[1].value',
  /no path starts with an index/,
]);
expectErrors('flag as text', `${GOOD}  - {property: acceptNumericStrings, value: "yes"} # !\n`, [
  'customProperties[2].value',
  /expected true or false/,
]);
expectErrors('onTypeMismatch', `${GOOD}  - {property: onTypeMismatch, value: drop} # !\n`, [
  'customProperties[2].value',
  /expected null or reject/,
]);
expectErrors('compatibility', `${GOOD}  - {property: compatibility, value: BACKWARDS} # !\n`, [
  'customProperties[2].value',
  /Did you mean BACKWARD\?/,
]);
expectErrors('unknown SLA', `${GOOD}slaProperties:\n  - {property: freshnes, value: 1, unit: h} # !\n`, [
  'slaProperties[0].property',
  /Did you mean freshness\?/,
]);
expectErrors('SLA without unit', `${GOOD}slaProperties:\n  - {property: freshness, value: 1} # !\n`, [
  'slaProperties[0]',
  /unit is missing/,
]);
expectErrors('ambiguous unit', `${GOOD}slaProperties:\n  - {property: retention, value: 1, unit: m} # !\n`, [
  'slaProperties[0].unit',
  /min for minutes/,
]);
expectErrors(
  'unit of a prototype',
  `${GOOD}slaProperties:\n  - {property: retention, value: 1, unit: constructor} # !\n`,
  ['slaProperties[0].unit', /expected a unit/],
);
expectErrors('negative SLA', `${GOOD}slaProperties:\n  - {property: freshness, value: -1, unit: h} # !\n`, [
  'slaProperties[0].value',
  /from one second/,
]);
expectErrors(
  'freshness twice',
  `${GOOD}slaProperties:\n  - {property: freshness, value: 1, unit: h}\n  - {property: latency, value: 1, unit: h} # !\n`,
  ['slaProperties[1].property', /second time/],
);

const key = (name: string, rest = ''): string =>
  `      - name: ${name}\n        logicalType: string\n        primaryKey: true${rest}`;
expectErrors(
  'two keys without positions',
  contractText(`${key('a')}\n${key('b')}`),
  ['schema[0].properties[0].primaryKey', /no primaryKeyPosition/],
  ['schema[0].properties[1].primaryKey', /no primaryKeyPosition/],
);
expectErrors(
  'one position twice',
  contractText(
    `${key('a', '\n        primaryKeyPosition: 1')}\n${key('b', '\n        primaryKeyPosition: 1 # !')}`,
  ),
  ['schema[0].properties[1].primaryKeyPosition', /also used by a/],
);
expectErrors(
  'gap in the positions',
  contractText(
    `${key('a', '\n        primaryKeyPosition: 1')}\n${key('b', '\n        primaryKeyPosition: 3 # !')}`,
  ),
  ['schema[0].properties[1].primaryKeyPosition', /position 3 is beyond the 2 columns of the key/],
);
expectErrors(
  'redacted key',
  contractText(
    `${key('a', ' # !')}\n        customProperties:\n          - {property: masking, value: redact}`,
  ),
  ['schema[0].properties[0].primaryKey', /cannot be masked by redact/],
);
expectErrors(
  'double as key',
  contractText('      - name: a\n        logicalType: number\n        primaryKey: true # !'),
  ['schema[0].properties[0].primaryKey', /double column cannot be part of the key/],
);
expectErrors(
  'array as key',
  contractText('      - name: a\n        logicalType: array\n        primaryKey: true # !'),
  ['schema[0].properties[0].primaryKey', /json column cannot be part of the key/],
);

const masked = (name: string, masking: string): string =>
  `      - name: ${name} # !\n        logicalType: string\n        customProperties:\n          - {property: masking, value: ${masking}}`;
expectErrors(
  'the same place unmasked',
  contractText(
    `${masked('mail', 'hash').replace(' # !', '')}\n      - name: plain # !\n        logicalType: string\n        customProperties:\n          - {property: path, value: mail}`,
  ),
  ['schema[0].properties[1]', /plain would show what mail masks/],
);
expectErrors(
  'the object around it unmasked',
  contractText(
    `      - name: mail\n        logicalType: string\n        classification: restricted\n        customProperties:\n          - {property: path, value: person.mail}\n      - name: person # !\n        logicalType: object`,
  ),
  ['schema[0].properties[1]', /person would show what mail masks/],
);
expectErrors(
  'redacted idempotency key',
  contractText(masked('ref', 'redact'), '  - {property: idempotencyKey, value: ref}\n'),
  ['schema[0].properties[0]', /masked by redact, but the idempotency key/],
);
expectErrors('redacted default key', contractText(masked('idempotency_key', '"partial:2"')), [
  'schema[0].properties[0]',
  /masked by partial, but the idempotency key/,
]);
expectErrors('redacted correlation id', contractText(masked('correlation_id', 'redact')), [
  'schema[0].properties[0]',
  /the correlation id/,
]);
expectErrors('masked publish time', contractText(masked('updated_at', 'hash')), [
  'schema[0].properties[0]',
  /the publish time is read from the same path/,
]);
expectErrors(
  'redacted key inside an envelope',
  contractText(masked('ref', 'redact'), '  - {property: idempotencyKey, value: data.ref}\n').replace(
    'value: bare',
    'value: cloudevents',
  ),
  ['schema[0].properties[0]', /the idempotency key/],
);

expectErrors(
  'masked schema version',
  contractText(`${masked('schemaVersion', 'hash')}\n        physicalName: schema_version`),
  ['schema[0].properties[0]', /schema_version is masked, but the schema version/],
);

test('side table names are refused', () => {
  for (const name of ['orders_errors', 'orders_drift']) {
    const [first, ...others] = errorsOf(
      GOOD.replace('- name: orders', `- name: ${name}`),
      `${name}.odcs.yaml`,
    );
    assert.match(first?.problem ?? '', /has the ending of a side table/);
    assert.equal(others.length, 0);
  }
});

test('an idempotency key outside the payload needs no masking', () => {
  const yaml = contractText(masked('id', 'redact'), '  - {property: idempotencyKey, value: id}\n').replace(
    'value: bare',
    'value: cloudevents',
  );
  assert.deepEqual(errorsOf(yaml), []);
});

test('all problems of a file are reported at once, by line', () => {
  const yaml = contractText(
    '      - name: A\n        logicalType: foo\n        requird: true\n      - logicalType: string',
    '  - {property: envelop, value: x}\n',
  ).replace('kind: DataContract', 'kind: x');
  const lines = errorsOf(yaml).map(({ line }) => line);
  assert.deepEqual(lines, [2, 9, 10, 11, 12, 16]);
});

test('a missing publish time and a guessed envelope give warnings', () => {
  const loaded = load(GOOD.replace(/customProperties:[\s\S]*/, ''));
  assert.ok(loaded.ok);
  assert.deepEqual(
    loaded.warnings.map(({ problem }) => /guessed|arrival/.exec(problem)?.[0]),
    ['guessed', 'arrival'],
  );
  assert.deepEqual(load(GOOD), { ok: true, topic: topicOf(GOOD), warnings: [] });
});

test('two files for one topic: neither is used, and the second is reported', () => {
  const file = (name: string, text = GOOD): { file: string; bytes: Uint8Array } => ({
    file: name,
    bytes: encode(text),
  });
  const loaded = loadContracts([
    file('b/orders.odcs.yaml'),
    file('a/orders.odcs.yaml'),
    file('c/x.odcs.yaml', 'a: ['),
    file('c/items.odcs.yaml', GOOD.replace('- name: orders', '- name: items')),
  ]);
  assert.deepEqual(
    loaded.topics.map(({ topic }) => topic),
    ['items'],
  );
  assert.ok(
    loaded.problems.some(
      ({ file: where, problem }) => where === 'b/orders.odcs.yaml' && problem.includes('a/orders.odcs.yaml'),
    ),
  );
  assert.ok(loaded.problems.some(({ file: where }) => where === 'c/x.odcs.yaml'));
});

test('a file that is not readable YAML is reported and never throws', () => {
  const report = (bytes: Uint8Array): string => {
    const loaded = loadContract('orders.odcs.yaml', bytes);
    assert.ok(!loaded.ok);
    return describe(loaded.problems);
  };
  assert.match(report(Buffer.from('id: a\nname: \xff\n', 'latin1')), /^2 : the file is not UTF-8/);
  assert.match(report(new Uint8Array(1_048_577)), /1048577 bytes/);
  assert.match(report(encode('')), /expected a map of keys and values, found nothing/);
  assert.match(report(encode('- a')), /expected a map of keys and values, found a list/);
  assert.match(report(encode('a: 1\nb: [')), /not valid YAML/);
  assert.match(report(encode('a: 1\nb: 2\na: 3')), /^3 : one map has the same key twice/);
  assert.match(report(encode('a: 1\n---\nb: 2')), /^2 : the file contains several YAML documents/);
  assert.match(report(encode('a: !secret x')), /^1 : the YAML tag is not known/);
  assert.match(report(encode('['.repeat(400_000))), /nested too deeply|not valid YAML/);
  const bomb = [
    'a: &a [x, x]',
    ...'bcdefgh'
      .split('')
      .map((name, i) => `${name}: &${name} [${Array(9).fill(`*${'abcdefgh'[i]}`).join(', ')}]`),
  ];
  assert.match(report(encode(bomb.join('\n'))), /itself contains aliases/);
  assert.match(
    report(encode(`a: &a x\nb: [${Array(101).fill('*a').join(', ')}]`)),
    /more than 100 YAML aliases/,
  );
  assert.match(report(encode('a: *b')), /has no anchor &b/);
  assert.match(report(encode('a: &a [*a]')), /itself contains aliases/);
});

test('an anchor may be used again', () => {
  const yaml = GOOD.replace('logicalType: string', 'logicalType: &text string').replace(
    'customProperties:',
    '      - name: b\n        logicalType: *text\ncustomProperties:',
  );
  assert.deepEqual(
    topicOf(yaml).columns.map(({ type }) => type.kind),
    ['string', 'string'],
  );
});
