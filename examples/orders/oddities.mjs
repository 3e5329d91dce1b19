import { makeOrder, payload, wrap } from './order.mjs';

/**
 * Messages that reach RAW but do not fit the contract. Drift: an optional value is wrong, so the row is kept and the
 * column is NULL, or a member is unknown. Violation: a critical, required or key column is wrong.
 */

const raw = JSON.rawJSON;

/** Changes to an order's payload. Each is planted COPIES times. */
const DRIFTS = [
  { channel: 'app' },
  { customer: { segment: { tier: 'gold', since: 2021 } } },
  { 'utm source/medium': 'mail' },
  { gift: 'yes' },
  { weight_kg: '2,5' },
  { loyalty_points: raw('12.5') },
  // One more than the largest 64-bit integer. An engine would round it silently.
  { loyalty_points: raw('9223372036854775808') },
  { loyalty_points: raw('9007199254740993') },
  { weight_kg: raw('1e400') },
  { weight_kg: raw('3.1415926535897932384626') },
  { delivery_date: '2024-02-30' },
  { items: 'three pencils' },
  { customer: { phone: 4930123 } },
];

const VIOLATIONS = [
  { total: undefined },
  { total: null },
  { total: raw('-0.01') },
  { total: 'free' },
  // 17 significant digits, which no double holds. The same amount as a string is valid.
  { total: raw('123456789012345.67') },
  { total: raw('19.999') },
  { status: 'teleported' },
  { status: 7 },
  { currency: 'euro' },
  { placed_at: '2024-02-01 10:00' },
  { placed_at: '2024-02-01T10:00:00.1234567Z' },
  { placed_at: '2024-02-30T10:00:00Z' },
  { item_count: 0 },
  { order_id: undefined },
  { order_id: '' },
  { customer: { email: undefined } },
];

const COPIES = 3;

export function driftPlants(random, firstNumber) {
  const sound = { total: '123456789012345.67' };
  return plants(random, firstNumber, [...DRIFTS, sound]);
}

export function violationPlants(random, firstNumber) {
  return plants(random, firstNumber, VIOLATIONS);
}

/** Uses orders of their own, so that the versions of the other orders do not change. */
function plants(random, firstNumber, changes) {
  return Array.from({ length: changes.length * COPIES }, (_, index) => {
    const order = makeOrder(random, firstNumber + index);
    const body = payload(order, 'placed', 0);
    return { key: order.id, body: wrap(order, 'placed', 0, changed(body, changes[index % changes.length])) };
  });
}

function changed(body, changes) {
  const { customer, ...others } = changes;
  return { ...body, ...others, customer: { ...body.customer, ...customer } };
}
