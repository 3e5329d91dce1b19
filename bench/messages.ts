import { once } from 'node:events';
import { createWriteStream } from 'node:fs';

/** mulberry32 (public domain): small, seeded, the same everywhere. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const STATUS = ['placed', 'paid', 'shipped', 'delivered'];
const pad = (value: number, width: number): string => String(value).padStart(width, '0');

/**
 * One order of about 490 bytes in a `wrapped` envelope. Keys are three quarters as many as messages; some
 * messages are out of order.
 */
export function orderMessage(index: number, total: number, random: () => number): string {
  const key = Math.floor(random() * total * 0.75);
  const customer = Math.floor(random() * total * 0.2);
  const at = (day: number): string =>
    `2026-03-${pad(day, 2)}T${pad(Math.floor(random() * 24), 2)}:${pad(Math.floor(random() * 60), 2)}:${pad(Math.floor(random() * 60), 2)}.${pad(Math.floor(random() * 1000), 3)}Z`;
  return JSON.stringify({
    messageId: `m-${pad(index, 9)}`,
    publishTime: at(1 + Math.floor(random() * 20)),
    payload: {
      order_id: `ORD-${pad(key, 9)}`,
      customer: {
        name: `Customer ${customer}`,
        email: `customer.${customer}@example.com`,
        phone: `+49 170 ${pad(customer, 7)}`,
      },
      status: STATUS[Math.floor(random() * STATUS.length)],
      amount: Math.floor(random() * 100_000) / 100,
      quantity: 1 + Math.floor(random() * 9),
      weight: Math.floor(random() * 50_000) / 1000,
      express: random() < 0.5,
      created_at: at(1 + Math.floor(random() * 20)),
      notes: 'as agreed by telephone, please ring twice '.repeat(1 + Math.floor(random() * 3)),
      _metadata: { idempotencyKeyResource: `ORD-${pad(key, 9)}` },
    },
  });
}

/** Writes `total` messages, one per line. The same arguments give the same bytes. */
export async function writeMessages(file: string, total: number, seed: number): Promise<void> {
  const out = createWriteStream(file, { highWaterMark: 4 * 1024 * 1024 });
  const random = randomFrom(seed);
  let chunk = '';
  for (let index = 0; index < total; index += 1) {
    chunk += `${orderMessage(index, total, random)}\n`;
    if (chunk.length > 1_000_000) {
      if (!out.write(chunk)) await once(out, 'drain');
      chunk = '';
    }
  }
  out.end(chunk);
  await once(out, 'close');
}

/** The contract of those messages: eleven columns, two hashed, one partially masked. */
export const ORDERS_CONTRACT = `apiVersion: v3.1.0
kind: DataContract
id: bench-orders
name: Orders
version: 1.0.0
status: active
customProperties:
  - { property: envelope, value: wrapped }
  - { property: publishTime, value: publishTime }
schema:
  - name: orders
    logicalType: object
    properties:
      - { name: order_id, logicalType: string, required: true, primaryKey: true, primaryKeyPosition: 1 }
      - name: customer
        logicalType: object
        properties:
          - { name: name, logicalType: string, classification: restricted, customProperties: [{ property: masking, value: hash }] }
          - { name: email, logicalType: string, classification: restricted, customProperties: [{ property: masking, value: hash }] }
          - { name: phone, logicalType: string, classification: restricted, customProperties: [{ property: masking, value: partial }] }
      - { name: status, logicalType: string, criticalDataElement: true }
      - { name: amount, logicalType: number, physicalType: "decimal(12,2)", required: true }
      - { name: quantity, logicalType: integer }
      - { name: weight, logicalType: number }
      - { name: express, logicalType: boolean }
      - { name: created_at, logicalType: timestamp }
      - { name: notes, logicalType: string }
`;
