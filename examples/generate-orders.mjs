/**
 * Writes messages/orders.ndjson, messages/orders-late.ndjson and orders/expected.json: the orders of a web shop, with
 * every kind of fault. It writes the same bytes every time (seeded random numbers, fixed dates). Each message is planted
 * with the fate that it must meet. The expected counts are the sums of the plants.
 *
 *     node examples/generate-orders.mjs [FOLDER]
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { deadLetterPlants } from './orders/dead-letters.mjs';
import { driftPlants, violationPlants } from './orders/oddities.mjs';
import { makeOrder, message, payload, STATUSES, wrap } from './orders/order.mjs';
import { randomFrom } from './orders/random.mjs';

const ORDERS = 640;
const DRIFT_FROM = 1_001;
const VIOLATIONS_FROM = 2_001;
const DEAD_FROM = 3_001;
const LATE_FROM = 4_001;
const NEWLINE = Buffer.from('\n');

const random = randomFrom(20240229);
const lives = Array.from({ length: ORDERS }, (_, index) => {
  const order = makeOrder(random, index + 1);
  const steps = 1 + random.below(STATUSES.length);
  return { order, versions: STATUSES.slice(0, steps).map((status, step) => message(order, status, step)) };
});
const violations = violationPlants(random, VIOLATIONS_FROM).map(({ body }) => plant('rejected', body));
const folder = process.argv[2] ?? dirname(fileURLToPath(import.meta.url));
const first = firstDelivery();
const late = lateDelivery();

write('messages/orders.ndjson', linesOf(first));
write('messages/orders-late.ndjson', linesOf(late));
const expected = { orders: expectedOf(first), 'orders-late': expectedOf(late) };
write('orders/expected.json', `${JSON.stringify(expected, null, 2)}\n`);

/** All in one file: the newest version of an order becomes its row, and the others are superseded. */
function firstDelivery() {
  const newest = lives.map(({ versions }) => plant('inserted', versions.at(-1)));
  const older = lives
    .flatMap(({ versions }) => versions.slice(0, -1))
    .map((body) => plant('superseded', body));
  // The second delivery uses the first 200 orders, so copies and conflicts are made from the others.
  const copies = lives.slice(200, 290).map(({ versions }) => plant('duplicate', random.pick(versions)));
  // The same id and time with different content: both count as versions, and one of them wins.
  const conflicts = lives.slice(300, 312).map(({ order, versions }) => {
    const last = versions.length - 1;
    const body = { ...payload(order, STATUSES[last], last), loyalty_points: order.points + 1 };
    return plant('superseded', wrap(order, STATUSES[last], last, body));
  });
  const drifting = driftPlants(random, DRIFT_FROM).map(({ body }) => plant('inserted', body));
  const dead = deadLetterPlants(random, DEAD_FROM).map(({ code, bytes }) => plant(code, bytes));
  // The one line of a megabyte is the last, so that people can read the file.
  const giant = dead.pop();
  return [...random.shuffle([newest, older, copies, conflicts, drifting, violations, dead].flat()), giant];
}

/** Arrives after the first delivery was processed, so each fate is relative to the table. */
function lateDelivery() {
  const updated = lives.slice(0, 60).map(({ order }) => plant('updated', message(order, 'returned', 9)));
  const stale = lives.slice(60, 100).map(({ order }) => plant('stale', message(order, 'draft', -1)));
  const copies = lives.slice(100, 130).map(({ versions }) => plant('duplicate', versions.at(-1)));
  const rejectedBefore = violations.slice(0, 10).map(({ bytes }) => plant('duplicate', bytes));
  const rejected = violationPlants(random, LATE_FROM + 100).map(({ body }) => plant('rejected', body));
  const inserted = Array.from({ length: 20 }, (_, index) =>
    plant('inserted', message(makeOrder(random, LATE_FROM + index), 'placed', 0)),
  );
  return random.shuffle([updated, stale, copies, rejectedBefore, rejected.slice(0, 5), inserted].flat());
}

function plant(fate, body) {
  return { fate, bytes: Buffer.from(body) };
}

/** Adds one blank line and one CRLF. Neither is a message. */
function linesOf(plants) {
  const lines = plants.map(({ bytes }) => Buffer.concat([bytes, NEWLINE]));
  lines[10] = Buffer.concat([plants[10].bytes, Buffer.from('\r\n')]);
  lines.splice(20, 0, NEWLINE);
  return Buffer.concat(lines);
}

/** Counts plants per fate. A fate in capitals is the code of a dead letter. */
function expectedOf(plants) {
  const count = (fate) => plants.filter((one) => one.fate === fate).length;
  const codes = plants.map(({ fate }) => fate).filter((fate) => fate === fate.toUpperCase());
  return {
    received: plants.length,
    raw: plants.length - codes.length,
    dead_lettered: codes.length,
    by_error: Object.fromEntries([...new Set(codes)].sort().map((code) => [code, count(code)])),
    inserted: count('inserted'),
    updated: count('updated'),
    duplicate: count('duplicate'),
    superseded: count('superseded'),
    stale: count('stale'),
    rejected: count('rejected'),
  };
}

function write(path, content) {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}
