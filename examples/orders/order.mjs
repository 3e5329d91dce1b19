/** One invented order and the messages about its states. All persons are invented. */

export const STATUSES = ['placed', 'paid', 'shipped', 'delivered'];

const FIRST_NAMES = [
  'Zoë',
  'Łukasz',
  'Aïsha',
  'Ngozi',
  '美咲',
  'Søren',
  'Ana',
  'Дмитрий',
  'Liam',
  'Emma',
  '하은',
  'Noah',
];
const LAST_NAMES = [
  'Åkerström',
  'Żółkiewski',
  "O'Brien",
  'Okafor',
  '山田',
  'Müller',
  'García',
  'Иванов',
  'Smith',
  '김',
];
const COUNTRIES = ['DE', 'FR', 'JP', 'NG', 'PL', 'SE', 'US'];
const ITEMS = ['notebook', 'pencil', 'fountain pen', 'ink ✒️', 'blotting paper', 'eraser'];
const NOTES = [
  'leave it with the neighbour',
  'ring twice 🔔',
  'gift: "do not open"',
  'back\\slash & tab\t',
  'línea 1\nlínea 2',
];
/** 2024-02-01T00:00:00Z in milliseconds. It is past on every clock, so no publish time lies in the future. */
const EPOCH = 1706745600000;
const HOUR = 3_600_000;

/** @param {ReturnType<import('./random.mjs').randomFrom>} random */
export function makeOrder(random, number) {
  const name = `${random.pick(FIRST_NAMES)} ${random.pick(LAST_NAMES)}`;
  const items = Array.from({ length: 1 + random.below(4) }, () => {
    const cents = 100 + random.below(9_900);
    return {
      sku: `SKU-${random.digits(4)}`,
      title: random.pick(ITEMS),
      quantity: 1 + random.below(5),
      cents,
    };
  });
  const cents = items.reduce((sum, item) => sum + item.quantity * item.cents, 0);
  return {
    id: `ORD-${String(number).padStart(6, '0')}`,
    // Minutes apart, so that no two orders share a publish time by chance.
    placedAt: EPOCH + number * 600_000 + random.below(60_000),
    customer: {
      name,
      email: `customer${number}@example.org`,
      phone: `+49 30 ${random.digits(7)}`,
      iban: `DE${random.digits(20)}`,
      country: random.pick(COUNTRIES),
    },
    items,
    total: money(cents),
    currency: random.pick(['EUR', 'EUR', 'EUR', 'JPY', 'USD']),
    weight: JSON.rawJSON(`${1 + random.below(20)}.${random.digits(2)}5`),
    points: random.below(5_000),
    gift: random.chance(0.2),
    notes: random.chance(0.3) ? random.pick(NOTES) : null,
  };
}

/** The payload of one version of an order, published `step` hours after the order was placed. */
export function payload(order, status, step) {
  const updated = new Date(order.placedAt + step * HOUR);
  const body = {
    _metadata: {
      idempotencyKeyResource: `${order.id}:${status}`,
      periodReference: updated.toISOString().slice(0, 10),
      correlationId: `cart-${order.id.slice(4)}`,
    },
    order_id: order.id,
    status,
    placed_at: new Date(order.placedAt).toISOString(),
    customer: order.customer,
    items: order.items.map(({ cents, ...item }) => ({ ...item, price: money(cents) })),
    item_count: order.items.length,
    total: order.total,
    currency: order.currency,
    weight_kg: order.weight,
    loyalty_points: order.points,
    gift: order.gift,
  };
  if (order.notes !== null) body.notes = order.notes;
  if (status === 'delivered') body.delivery_date = updated.toISOString().slice(0, 10);
  return body;
}

/** The message in its envelope. Members of `changes` replace those of the envelope. */
export function wrap(order, status, step, body, changes = {}) {
  return JSON.stringify({
    messageId: `${order.id}/${status}`,
    publishTime: new Date(order.placedAt + step * HOUR).toISOString(),
    payload: body,
    ...changes,
  });
}

export function message(order, status, step) {
  return wrap(order, status, step, payload(order, status, step));
}

/** A JSON number with exactly two decimals. */
export function money(cents) {
  return JSON.rawJSON(`${Math.trunc(cents / 100)}.${String(cents % 100).padStart(2, '0')}`);
}
