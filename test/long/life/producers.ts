import type { Random } from '../../../examples/orders/random.mjs';
import type { LifeTopic } from './contracts.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** Messages are published in the six hours before the day's run. */
const MINUTES_BEFORE_RUN = 350;
const MESSAGES_A_DAY = 30;
const ENTITIES = 25;
const LATE_SHARE = 0.1;
const AGAIN_SHARE = 0.15;

/** What a producer does on an unusual day. */
export type Mood = 'usual' | 'fast-clock' | 'poisoned' | 'pounds';

/** How many days a wrong producer's clock is ahead: more than a workspace allows. */
const FAST_DAYS = 3;
const FAST_MESSAGES = 6;
const POISON = 120;

/**
 * A producer's messages of one day, as lines, in the order of arrival. `runAt`: when they are ingested, in
 * ms.
 */
export function messagesOf(topic: LifeTopic, random: Random, runAt: number, mood: Mood): readonly string[] {
  const lines = Array.from({ length: MESSAGES_A_DAY }, () =>
    message(topic, random, publishedAt(random, runAt), mood),
  );
  const again = lines.filter(() => random.chance(AGAIN_SHARE));
  const fast = Array.from({ length: mood === 'fast-clock' ? FAST_MESSAGES : 0 }, () =>
    message(topic, random, freshlyAt(random, runAt) + FAST_DAYS * DAY_MS, mood),
  );
  const poison = Array.from(
    { length: mood === 'poisoned' ? POISON : 0 },
    (_, at) => `<html>${at} gateway timeout`,
  );
  return random.shuffle([...lines, ...again, ...fast, ...poison]);
}

function publishedAt(random: Random, runAt: number): number {
  const late = random.chance(LATE_SHARE) ? (1 + random.below(3)) * DAY_MS : 0;
  return freshlyAt(random, runAt) - late;
}

function freshlyAt(random: Random, runAt: number): number {
  return runAt - (1 + random.below(MINUTES_BEFORE_RUN)) * MINUTE_MS;
}

function message(topic: LifeTopic, random: Random, at: number, mood: Mood): string {
  const time = new Date(at).toISOString();
  const entity = random.below(ENTITIES);
  const key = `${topic}-${entity}`;
  const payload = {
    _metadata: { idempotencyKeyResource: key },
    ...PAYLOADS[topic](random, entity, at, mood),
  };
  return JSON.stringify({ messageId: `${key}/${at}/${random.below(2)}`, publishTime: time, payload });
}

type Payload = (random: Random, entity: number, at: number, mood: Mood) => object;

const PAYLOADS: Readonly<Record<LifeTopic, Payload>> = {
  orders: (random, entity, at) => ({
    order_id: `O-${entity}`,
    // A missing critical data element rejects the message.
    status: random.chance(0.05) ? null : random.pick(['placed', 'paid', 'shipped']),
    quantity: random.chance(0.03) ? 'many' : random.below(100),
    total: Number(`${random.below(10_000)}.${random.digits(2)}`),
    email: `customer${entity}@example.org`,
    phone: `+49 170 ${random.digits(6)}`,
    note: random.pick(['', 'a note', 'another note']),
    placed_at: new Date(at - random.below(3) * DAY_MS).toISOString(),
    channel: random.pick(['web', 'shop']),
  }),
  readings: (random, entity, at) => ({
    meter: `M-${entity % 7}`,
    hour: new Date(at - (at % (60 * MINUTE_MS))).toISOString(),
    kwh: random.below(1_000) / 4,
  }),
  payments: (random, entity, _at, mood) => ({
    payment_id: `P-${entity}`,
    currency: mood === 'pounds' && random.chance(0.3) ? 'GBP' : random.pick(['EUR', 'USD']),
    amount: random.chance(0.04) ? undefined : random.below(100_000) / 4,
    iban: `DE${random.digits(20)}`,
  }),
};
