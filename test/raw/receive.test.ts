import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { suite, test } from 'node:test';
import type { Topic } from '../../src/contract/model.ts';
import { encodedRecordBytes } from '../../src/raw/encoded-record.ts';
import { encodeInexactPath } from '../../src/raw/inexact-paths.ts';
import { MAX_RECORD_BYTES } from '../../src/raw/record.ts';
import { ARRIVAL, accept, around, receptionOf, refuse, topicOf } from './harness.ts';

const PAYLOAD = '{"idempotency_key":"k","n":1}';
const key = (name: string) => ({ kind: 'key', key: name }) as const;
const index = (at: number) => ({ kind: 'index', index: at }) as const;
const named = (envelope: Topic['envelope']) => topicOf({ envelope });

suite('envelopes', () => {
  test('CloudEvents', () => {
    const event = (data: string) =>
      `{"specversion":"1.0","id":"7","source":"/shop","type":"t","time":"2024-04-30T10:00:00.5+02:00","dataschema":"v3","data":${data}}`;
    for (const topic of [topicOf(), named('cloudevents')]) {
      const record = accept(event(PAYLOAD), topic);
      assert.equal(record.messageId, '/shop#7');
      assert.equal(record.publishTime, BigInt(Date.parse('2024-04-30T08:00:00.500Z')) * 1000n);
      assert.equal(record.schemaVersion, 'v3');
      assert.equal(record.jsonPayload, PAYLOAD);
      assert.equal(record.envelopeJson, event('null'));
    }
    assert.equal(refuse(event('[]')).code, 'PAYLOAD_NOT_AN_OBJECT');
    assert.equal(refuse(event(PAYLOAD).replace('"data"', '"datum"')).code, 'PAYLOAD_NOT_AN_OBJECT');
    assert.equal(refuse(event(PAYLOAD).replace('"/shop"', '{}')).code, 'MESSAGE_ID_INVALID');
    assert.equal(
      accept(event(PAYLOAD).replace('"7"', '"\\u0037\\ud83d\\ude00"').replace('/shop', '\\/s')).messageId,
      '/s#7😀',
    );
    assert.equal(refuse(`{"data":${PAYLOAD}}`, named('cloudevents')).code, 'ENVELOPE_MISMATCH');
  });

  test('EventBridge', () => {
    const event = `{"version":"0","id":"e-1","detail-type":"d","source":"s","time":"2024-04-30T08:00:00Z","detail":${PAYLOAD}}`;
    for (const topic of [topicOf(), named('eventbridge')]) {
      const record = accept(event, topic);
      assert.deepEqual([record.messageId, record.jsonPayload], ['e-1', PAYLOAD]);
      assert.equal(record.envelopeJson, event.replace(PAYLOAD, 'null'));
    }
    assert.equal(refuse('{"detail":{}}', named('eventbridge')).code, 'ENVELOPE_MISMATCH');
  });

  test('SNS is unwrapped once, and the innermost id and time win', () => {
    const notification = (message: string) =>
      `{"Type":"Notification","MessageId":"sns-1","TopicArn":"arn","Message":${JSON.stringify(message)},"Timestamp":"2024-04-30T08:00:00.000Z"}`;
    const bare = accept(notification(PAYLOAD));
    assert.deepEqual([bare.messageId, bare.jsonPayload], ['sns-1', PAYLOAD]);
    assert.equal(bare.publishTime, BigInt(Date.parse('2024-04-30T08:00:00Z')) * 1000n);
    assert.equal(bare.publishTimeOrigin, 'message');
    assert.equal(bare.envelopeJson, notification('').replace('""', 'null'));
    const inner = `{"messageId":"in","publishTime":1714000000000,"payload":${PAYLOAD}}`;
    const wrapped = accept(notification(inner), named('sns'));
    assert.deepEqual(
      [wrapped.messageId, wrapped.publishTime, wrapped.jsonPayload],
      ['in', 1714000000000000n, PAYLOAD],
    );
    assert.equal(JSON.parse(wrapped.envelopeJson ?? '').Message.payload, null);
    // A notification inside a notification is an ordinary payload.
    const twice = notification(notification(PAYLOAD).replace('{"Type"', '{"idempotency_key":"o","Type"'));
    assert.equal(accept(twice).idempotencyKey, 'o');
    for (const [text, code] of [
      ['hello', 'MALFORMED_JSON'],
      ['[]', 'NOT_AN_OBJECT'],
      ['{"a":1,"a":2}', 'DUPLICATE_KEY'],
      ['{"publishTime":"x","payload":{}}', 'PUBLISH_TIME_INVALID'],
    ] as const) {
      const refusal = refuse(notification(text));
      assert.equal(refusal.code, code);
      assert.equal(refusal.offset, notification(text).indexOf('"Message":') + 10);
    }
    assert.equal(refuse('{"Type":"Notification","TopicArn":"a"}', named('sns')).code, 'ENVELOPE_MISMATCH');
    assert.equal(
      accept(`{"Type":"Other","TopicArn":"a","Message":"m",${PAYLOAD.slice(1)}`).envelopeJson,
      null,
    );
  });

  test('wrapped', () => {
    const message = `{"messageId":9,"payload":${PAYLOAD},"publishTime":1714000000000}`;
    for (const topic of [topicOf(), named('wrapped')]) {
      const record = accept(message, topic);
      assert.deepEqual([record.messageId, record.publishTime], ['9', 1714000000000000n]);
      assert.equal(record.envelopeJson, '{"messageId":9,"payload":null,"publishTime":1714000000000}');
    }
    assert.equal(refuse(`{"payload":${PAYLOAD}}`, named('wrapped')).code, 'ENVELOPE_MISMATCH');
    assert.equal(refuse('{"payload":"x","messageId":1}', named('wrapped')).code, 'PAYLOAD_NOT_AN_OBJECT');
    assert.equal(accept('{"payload":"x","messageId":1,"idempotency_key":"k"}').envelopeJson, null);
  });

  test('bare', () => {
    for (const topic of [topicOf(), named('bare')]) {
      const record = accept(` ${PAYLOAD}`, topic);
      assert.equal(record.messageId, `sha256:${createHash('sha256').update(` ${PAYLOAD}`).digest('hex')}`);
      assert.deepEqual([record.jsonPayload, record.envelopeJson], [PAYLOAD, null]);
      assert.deepEqual([record.publishTime, record.publishTimeOrigin], [ARRIVAL, 'arrival']);
    }
    const queued = accept(PAYLOAD, topicOf(), receptionOf({ queueTime: 5n }));
    assert.deepEqual([queued.publishTime, queued.publishTimeOrigin], [5n, 'queue']);
    assert.equal(
      accept(`{"messageId":"m","publishTime":1,"payload":${PAYLOAD},"idempotency_key":"o"}`, named('bare'))
        .idempotencyKey,
      'o',
    );
  });
});

suite('ids and metadata', () => {
  const wrap = (id: string, payload = PAYLOAD) => `{"messageId":${id},"publishTime":0,"payload":${payload}}`;

  test('message ids', () => {
    for (const [id, expected] of [
      ['"a"', 'a'],
      ['0', '0'],
      ['-5', '-5'],
      ['12345678901234567890', '12345678901234567890'],
      ['" "', ' '],
      ['"\\u00e9\\/"', 'é/'],
    ] as const) {
      assert.equal(accept(wrap(id)).messageId, expected);
    }
    assert.match(accept(wrap('null')).messageId, /^sha256:[0-9a-f]{64}$/);
    for (const id of [
      '""',
      '1.0',
      '1e5',
      'true',
      '[]',
      '{}',
      '"a\\u0000"',
      '"\\n"',
      '"\u007f"',
      '"\u0085"',
      '"\\u009f"',
    ]) {
      const refusal = refuse(wrap(id));
      assert.deepEqual([refusal.code, refusal.offset], ['MESSAGE_ID_INVALID', 13]);
    }
  });

  test('idempotency keys', () => {
    const get = (payload: string) => accept(wrap('1', payload)).idempotencyKey;
    assert.equal(get('{"idempotency_key":0}'), '0');
    assert.equal(get('{"_metadata":{"idempotencyKeyResource":"r"},"idempotency_key":"k"}'), 'r');
    assert.equal(get('{"_metadata":{"idempotencyKeyResource":null},"idempotency_key":"k"}'), 'k');
    assert.equal(get('{"_metadata":3,"idempotency_key":"k"}'), 'k');
    for (const payload of ['{}', '{"idempotency_key":null}', '{"a":{"idempotency_key":"k"}}']) {
      assert.equal(refuse(wrap('1', payload)).code, 'IDEMPOTENCY_KEY_MISSING');
    }
    for (const value of ['""', 'true', '1.5', '[]', '"\\t"']) {
      assert.equal(refuse(wrap('1', `{"idempotency_key":${value}}`)).code, 'IDEMPOTENCY_KEY_INVALID');
    }
    const topic = topicOf({ idempotencyKeyPath: [key('payload'), key('ids'), index(1), key('a.b')] });
    assert.equal(accept(wrap('1', '{"ids":[0,{"a.b":"deep"}]}'), topic).idempotencyKey, 'deep');
    assert.equal(refuse(wrap('1', PAYLOAD), topic).code, 'IDEMPOTENCY_KEY_MISSING');
  });

  test('period, correlation and schema version', () => {
    const record = accept(
      wrap(
        '1',
        '{"idempotency_key":"k","period_reference":"2024-05","correlation_id":"c","schemaVersion":2.50}',
      ),
    );
    assert.deepEqual(
      [record.periodReference, record.correlationId, record.schemaVersion],
      ['2024-05', 'c', '2.50'],
    );
    const own = accept(
      wrap(
        '1',
        '{"idempotency_key":"k","_metadata":{"periodReference":"p","correlationId":"c"},"period_reference":1}',
      ),
    );
    assert.deepEqual([own.periodReference, own.correlationId, own.schemaVersion], ['p', 'c', null]);
    for (const name of ['period_reference', 'correlation_id', 'schemaVersion']) {
      for (const value of ['true', '[]', '{}', '"\\u0001"', '"\\u0080"']) {
        const refusal = refuse(wrap('"m"', `{"idempotency_key":"k","${name}":${value}}`));
        assert.deepEqual([refusal.code, refusal.messageId], ['METADATA_INVALID', 'm']);
      }
      assert.doesNotThrow(() => accept(wrap('1', `{"idempotency_key":"k","${name}":null}`)));
    }
  });

  test('a refusal names the message, but nothing that the contract masks', () => {
    const message = wrap('"m"', '{"correlation_id":"c"}');
    assert.deepEqual([refuse(message).messageId, refuse(message).correlationId], ['m', 'c']);
    const column = {
      name: 'correlation_id',
      type: { kind: 'string' },
      path: [key('correlation_id')],
      displayPath: '',
      required: false,
      cde: false,
      keyPosition: null,
      masking: { kind: 'hash' },
      gates: [],
      epoch: null,
      truncate: false,
      partition: null,
      description: null,
    } as const;
    assert.equal(refuse(message, topicOf({ columns: [column] })).correlationId, null);
  });
});

suite('publish times', () => {
  const wrap = (time: string) => `{"publishTime":${time},"payload":${PAYLOAD}}`;
  const topic = topicOf({ publishTimePath: [key('payload'), key('at')] });

  test('valid ones', () => {
    for (const [text, iso, more] of [
      ['"2024-02-29T23:59:59Z"', '2024-02-29T23:59:59Z', 0n],
      ['"2024-04-01t00:00:00.1z"', '2024-04-01T00:00:00.100Z', 0n],
      ['"2024-04-01T00:00:00.123456789+00:00"', '2024-04-01T00:00:00.123Z', 456n],
      ['"2024-04-01T00:00:00.000001-12:34"', '2024-04-01T12:34:00Z', 1n],
      ['"1969-12-31T23:59:59.999999Z"', '1969-12-31T23:59:59.999Z', 999n],
      ['"0001-01-01T00:00:00Z"', '0001-01-01T00:00:00Z', 0n],
      ['"1900-03-01T00:00:00-00:00"', '1900-03-01T00:00:00Z', 0n],
      ['"\\u0032024-04-01T00:00:00Z"', '2024-04-01T00:00:00Z', 0n],
      ['0', '1970-01-01T00:00:00Z', 0n],
      ['-1', '1969-12-31T23:59:59.999Z', 0n],
    ] as const) {
      assert.equal(accept(wrap(text)).publishTime, BigInt(Date.parse(iso)) * 1000n + more, text);
    }
  });

  test('invalid ones', () => {
    const texts = [
      '2024-02-30T00:00:00Z',
      '2023-02-29T00:00:00Z',
      '1900-02-29T00:00:00Z',
      '2024-13-01T00:00:00Z',
      '2024-00-01T00:00:00Z',
      '2024-01-00T00:00:00Z',
      '2024-01-01T24:00:00Z',
      '2024-01-01T00:60:00Z',
      '2024-01-01T00:00:60Z',
      '2024-01-01T00:00:00',
      '2024-01-01',
      '2024-01-01T00:00:00.Z',
      '2024-01-01 00:00:00Z',
      '2024-01-01T00:00:00+24:00',
      '2024-01-01T00:00:00+01:60',
      '2024-01-01T00:00:00+0100',
      '2024-01-01T00:00:00Zx',
      '0000-01-01T00:00:00Z',
      '0001-01-01T00:00:00+01:00',
      '2024-1-01T00:00:00Z',
      '１２３４-01-01T00:00:00Z',
      '',
      'now',
      '1714000000000',
    ];
    for (const text of texts) assert.equal(refuse(wrap(`"${text}"`)).code, 'PUBLISH_TIME_INVALID', text);
    for (const value of ['1.5', '1e12', 'true', '[]', '{}', '99999999999999999999', '-99999999999999999']) {
      assert.equal(refuse(wrap(value)).code, 'PUBLISH_TIME_INVALID', value);
    }
  });

  test('the limit for the future, to the microsecond', () => {
    assert.equal(accept(wrap('"2024-05-02T00:00:00.000000Z"')).publishTimeOrigin, 'message');
    assert.equal(refuse(wrap('"2024-05-02T00:00:00.000001Z"')).code, 'PUBLISH_TIME_IN_FUTURE');
    const queued = receptionOf({ queueTime: 0n, latestPublishMicros: 86_400_000_000 });
    assert.equal(refuse(wrap('86400001'), topicOf(), queued).code, 'PUBLISH_TIME_IN_FUTURE');
    assert.equal(accept(wrap('86400000'), topicOf(), queued).publishTime, 86400000000n);
  });

  test('only the path in the contract decides', () => {
    const message = '{"messageId":1,"publishTime":"broken","payload":{"idempotency_key":"k","at":1000}}';
    assert.equal(accept(message, topic).publishTime, 1_000_000n);
    assert.equal(accept(message.replace('1000', 'null'), topic).publishTimeOrigin, 'arrival');
    assert.equal(refuse(message.replace('1000', '"x"'), topic).code, 'PUBLISH_TIME_INVALID');
  });
});

suite('numbers', () => {
  const paths = (value: string) => accept(around(value)).inexactNumberPaths;

  test('plain numbers are not listed', () => {
    for (const value of [
      '9223372036854775807',
      '-9223372036854775808',
      '999999999999999',
      '0.123456789012345',
      '1e307',
      '9.99999999999999e307',
      '1e-307',
      '-0',
      '0e999999999999',
      '0.00000000000000000000',
      '1.0000000000000000000000',
      '100000000000000000000',
      '0.000000000000000000001',
      '123456789012345e-5',
      '1E+2',
      '0.1',
      '12345678901234500000000',
    ]) {
      assert.equal(paths(value), null, value);
    }
  });

  test('other numbers are listed by their path', () => {
    for (const value of [
      '9223372036854775808',
      '-9223372036854775809',
      '18446744073709551615',
      '0.1234567890123456',
      '1234567890.1234567',
      '1e308',
      '-1e308',
      '9.9e-308',
      '1e-308',
      '1e999999999999',
      '1e-999999999999',
      '12345678901234567890.0',
      '9007199254740993.0',
      '1234567890123456e1',
      '123456789012345678901',
    ]) {
      assert.equal(paths(value), '/v', value);
    }
    assert.equal(paths('9007199254740993'), null);
    const big = '0.12345678901234567890';
    assert.equal(
      paths(`{"a":[1,${big},{"b":[[${big}]]},${big}],"c":1,"d":${big}}`),
      '/v/a/* /v/a/*/b/*/* /v/d',
    );
    assert.equal(paths(`{"a/b":{"~ *":${big},"\\n":${big}}}`), '/v/a~1b/~0~3~2 /v/a~1b/~x0a');
    assert.equal(encodeInexactPath([key('v'), key('a/b'), key('~ *')]), '/v/a~1b/~0~3~2');
    assert.equal(encodeInexactPath([key('v'), index(3)]), '/v/*');
  });

  test('only numbers in the payload are listed, by paths relative to it', () => {
    const record = accept(
      '{"messageId":1,"x":0.12345678901234567890,"payload":{"idempotency_key":1,"y":0.12345678901234567890}}',
    );
    assert.equal(record.inexactNumberPaths, '/y');
  });

  test('after 64 paths, all numbers are suspect', () => {
    const object = (count: number) =>
      `{${Array.from({ length: count }, (_, at) => `"p${at}":1e400`).join(',')}}`;
    assert.equal(paths(object(64))?.split(' ').length, 64);
    assert.ok(!paths(object(64))?.includes('…'));
    assert.equal(paths(object(65))?.split(' ').at(-1), '…');
    assert.equal(paths(object(65))?.split(' ').length, 65);
    assert.equal(paths(`[${Array.from({ length: 20_000 }, () => '1e400').join(',')}]`), '/v/*');
  });
});

suite('shape', () => {
  const shape = (value: string) => accept(around(value)).payloadShape;
  const different = [
    '1',
    '{}',
    '[]',
    '[1]',
    '[[]]',
    '[{}]',
    '{"a":1}',
    '{"b":1}',
    '{"a":{}}',
    '{"a":[]}',
    '{"a":1,"b":1}',
    '{"a":{"b":1}}',
    '[{"a":1}]',
    '[1,{}]',
    '[{},1]',
    '{"a1":1,"b2":1}',
    '{"a2":1,"b1":1}',
    '{"a":{"x":1},"b":{"y":1}}',
    '{"a":{"y":1},"b":{"x":1}}',
  ];

  test('depends on names and nesting', () => {
    const shapes = different.map(shape);
    assert.equal(new Set(shapes).size, different.length);
    for (const each of shapes) assert.match(each, /^[0-9a-f]{16}$/);
  });

  test('does not depend on values, order of members, lengths of lists, escapes and white space', () => {
    for (const [one, other] of [
      ['1', '"text"'],
      ['null', 'true'],
      ['{"a":1,"b":[]}', '{"b":[],"a":null}'],
      ['[1,2,3]', '["x"]'],
      ['[{"a":1},{"a":2}]', '[{"a":0}]'],
      ['{"a":1}', '{ "\\u0061" : 2 }'],
      ['[1,{},{},2]', '[1,2,{},3]'],
    ] as const) {
      assert.equal(shape(one), shape(other));
    }
  });

  test('never changes, because it is stored', () => {
    assert.equal(shape('{"a":[{"b":1}]}'), accept(around('{"a":[{"b":2}]}')).payloadShape);
    assert.equal(accept('{"idempotency_key":1}').payloadShape, STORED_SHAPE);
  });
});

const STORED_SHAPE = '27f80626b71a2160';

suite('limits', () => {
  test('depth counts the levels of the message', () => {
    const nested = (levels: number) => around('['.repeat(levels) + ']'.repeat(levels));
    assert.equal(accept(nested(63)).jsonPayload, nested(63));
    const refusal = refuse(nested(64));
    assert.deepEqual([refusal.code, refusal.offset], ['NESTING_TOO_DEEP', around('').indexOf(':}') + 1 + 63]);
    assert.equal(refuse(around('['.repeat(500_000))).code, 'NESTING_TOO_DEEP');
  });

  test('the encoded record is measured, in a workspace and on AWS', () => {
    const padded = (bytes: number, char: string) => around(`"${char.repeat(bytes)}"`);
    const base = encodedRecordBytes(accept(padded(0, 'x')));
    const room = MAX_RECORD_BYTES - base;
    assert.equal(encodedRecordBytes(accept(padded(room, 'x'))), MAX_RECORD_BYTES);
    assert.equal(refuse(padded(room + 1, 'x')).code, 'RECORD_TOO_LARGE');
    const escaped = around(`"${'\\"'.repeat(Math.floor(room / 4))}"`);
    assert.ok(encodedRecordBytes(accept(escaped)) > MAX_RECORD_BYTES - 4);
    assert.equal(refuse(around(`"${'\\"'.repeat(Math.floor(room / 4) + 1)}"`)).code, 'RECORD_TOO_LARGE');
    assert.equal(refuse(padded(1024 * 1024, 'x')).code, 'RECORD_TOO_LARGE');
  });

  test('an object with very many names does not take quadratic time, and a repeated name is found', () => {
    const names = Array.from({ length: 60_000 }, (_, at) => `"n${at}":1`);
    const started = process.cpuUsage();
    assert.equal(accept(`{"idempotency_key":1,${names.join(',')}}`).idempotencyKey, '1');
    const refusal = refuse(`{"idempotency_key":1,${names.join(',')},"n77":2}`);
    assert.deepEqual([refusal.code, refusal.offset], ['DUPLICATE_KEY', 22 + names.join(',').length]);
    // Processor time in microseconds. Other processes on the machine do not count.
    assert.ok(process.cpuUsage(started).user < 2_000_000);
    // The table of names is emptied, and everything still works.
    assert.equal(accept(PAYLOAD).idempotencyKey, 'k');
  });

  test('a message is checked in order', () => {
    for (const [text, code, offset] of [
      ['', 'MALFORMED_JSON', 0],
      ['  ', 'MALFORMED_JSON', 2],
      ['\ufeff{}', 'BYTE_ORDER_MARK', 0],
      ['[]', 'NOT_AN_OBJECT', 0],
      [' "x"', 'NOT_AN_OBJECT', 1],
      ['null', 'NOT_AN_OBJECT', 0],
      ['{} {}', 'TRAILING_BYTES', 3],
      ['{}x', 'TRAILING_BYTES', 2],
      ['1 2', 'TRAILING_BYTES', 2],
      ['{"a":1}\u0000', 'TRAILING_BYTES', 7],
      ['\ufeff', 'BYTE_ORDER_MARK', 0],
    ] as const) {
      const refusal = refuse(text);
      assert.deepEqual([refusal.code, refusal.offset], [code, offset], JSON.stringify(text));
      assert.equal(refusal.messageId, null);
    }
  });
});
