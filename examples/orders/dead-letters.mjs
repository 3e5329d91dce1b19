import { makeOrder, payload, wrap } from './order.mjs';

/** One or more messages of each kind that cannot enter RAW, each with the code that it must get. */
export function deadLetterPlants(random, firstNumber) {
  const order = makeOrder(random, firstNumber);
  const body = payload(order, 'placed', 0);
  const good = wrap(order, 'placed', 0, body);
  const metadata = (changes) => ({ ...body, _metadata: { ...body._metadata, ...changes } });
  const wrapped = (changed) => wrap(order, 'placed', 0, changed);
  const enveloped = (changes) => wrap(order, 'placed', 0, body, changes);
  const replaced = (from, to) => good.replace(from, to);
  return [
    plant('MALFORMED_JSON', good.slice(0, -40)),
    plant('MALFORMED_JSON', replaced('"total":', "'total':")),
    plant('MALFORMED_JSON', replaced(/"total":[\d.]+/, '"total":NaN')),
    plant('MALFORMED_JSON', replaced(/"total":[\d.]+/, '"total":.5')),
    plant('MALFORMED_JSON', replaced('"placed"', '"pla\tced"')),
    plant('MALFORMED_JSON', replaced('"gift":', '"gift"')),
    plant('MALFORMED_JSON', 'order_id;status;total'),
    plant('TRAILING_BYTES', `${good}${good}`),
    plant('TRAILING_BYTES', `${good},`),
    plant('NOT_AN_OBJECT', `[${good}]`),
    plant('NOT_AN_OBJECT', '"placed"'),
    plant('NOT_AN_OBJECT', 'null'),
    plant('BYTE_ORDER_MARK', `\ufeff${good}`),
    plant('NOT_UTF8', Buffer.from(replaced('"placed"', '"plac\u00e9"'), 'latin1')),
    plant('DUPLICATE_KEY', replaced('"status":', '"status":"paid","status":')),
    plant('DUPLICATE_KEY', replaced('"status":', '"st\\u0061tus":"paid","status":')),
    plant('LONE_SURROGATE', replaced('"placed"', '"\\ud83d"')),
    plant(
      'NESTING_TOO_DEEP',
      wrapped({ ...body, deep: JSON.rawJSON('0') }).replace('"deep":0', `"deep":${nested(80)}`),
    ),
    plant('ENVELOPE_MISMATCH', JSON.stringify(body)),
    plant('PAYLOAD_NOT_AN_OBJECT', enveloped({ payload: JSON.stringify(body) })),
    plant('PAYLOAD_NOT_AN_OBJECT', enveloped({ payload: null })),
    plant('MESSAGE_ID_INVALID', enveloped({ messageId: '' })),
    plant('MESSAGE_ID_INVALID', enveloped({ messageId: true })),
    plant('MESSAGE_ID_INVALID', enveloped({ messageId: 'two\u0000parts' })),
    plant('PUBLISH_TIME_INVALID', enveloped({ publishTime: 'yesterday' })),
    plant('PUBLISH_TIME_INVALID', enveloped({ publishTime: '2024-02-01T10:00:00' })),
    plant('PUBLISH_TIME_IN_FUTURE', enveloped({ publishTime: '2199-01-01T00:00:00Z' })),
    plant('IDEMPOTENCY_KEY_MISSING', wrapped({ ...body, _metadata: undefined })),
    plant('IDEMPOTENCY_KEY_MISSING', wrapped(metadata({ idempotencyKeyResource: null }))),
    plant('IDEMPOTENCY_KEY_INVALID', wrapped(metadata({ idempotencyKeyResource: '' }))),
    plant('IDEMPOTENCY_KEY_INVALID', wrapped(metadata({ idempotencyKeyResource: ['a'] }))),
    plant('METADATA_INVALID', wrapped(metadata({ correlationId: 'a\u0001b' }))),
    plant('METADATA_INVALID', wrapped(metadata({ periodReference: { month: 2 } }))),
    plant('RECORD_TOO_LARGE', wrapped({ ...body, notes: '✉'.repeat(340_000) })),
  ];
}

function plant(code, body) {
  return { code, bytes: Buffer.from(body) };
}

function nested(depth) {
  return '['.repeat(depth) + ']'.repeat(depth);
}
