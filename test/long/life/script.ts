import assert from 'node:assert/strict';
import { openLetters } from '../../../src/pipeline/dead-letters/open-letters.ts';
import { LIFE_TOPICS, type LifeTopic } from './contracts.ts';
import type { Life } from './life.ts';

/** What happens on one day, and the state of the topics at its end. */
export interface Day {
  readonly events: (life: Life) => Promise<void>;
  /** `topic STATE` of those that are not FRESH. */
  readonly freshness: readonly string[];
  /** `topic CODE` of the alerts that are open. */
  readonly alerts: readonly string[];
}

export const DAYS = 30;
const MALFORMED = '{"messageId":"cut","publishTime":"2030-03-04T';
/** What a person does about it. */
const MENDED =
  '{"messageId":"fixed","publishTime":"2030-03-04T00:00:00Z","payload":{"_metadata":{"idempotencyKeyResource":"p"},"payment_id":"P-mended","currency":"EUR","amount":1.5,"iban":"DE0"}}';

/** Lines that one day keeps for another. */
class Kept {
  fast: readonly string[] = [];
  waiting: readonly string[] = [];
}

/** The unusual days. On all others, messages of every topic arrive and are processed. */
export function script(): ReadonlyMap<number, Day> {
  const kept = new Kept();
  return new Map<number, Day>([
    [3, calm(brokenLines, WAITING)],
    [4, calm(fixAndDiscard)],
    [5, calm(async (life) => contractOf(life, { channel: true }))],
    [6, { events: silent('readings'), freshness: ['readings WARN'], alerts: [] }],
    [7, silence(silent('readings'))],
    [8, { events: incompatible, freshness: [], alerts: ['orders CONTRACT_INCOMPATIBLE'] }],
    [9, calm(undone)],
    [10, calm((life) => fastClock(life, kept), WAITING)],
    [11, calm(usual, WAITING)],
    [12, calm(usual, WAITING)],
    [13, calm((life) => replayFast(life, kept))],
    [14, calm(async (life) => contractOf(life, { quantity: 'long' }))],
    [15, calm(rotation)],
    [17, { events: silent('readings'), freshness: ['readings WARN'], alerts: [] }],
    [18, silence(silent('readings'))],
    [19, silence(silent('readings'))],
    [20, calm(async (life) => contractOf(life, { totalDigits: 12 }))],
    [21, { events: poisoned, freshness: [], alerts: HALTED }],
    [22, { events: (life) => refused(life, kept), freshness: ['payments WARN'], alerts: HALTED }],
    [23, calm((life) => resumed(life, kept))],
    [24, { events: pounds, freshness: [], alerts: ['payments CDE_DRIFT'] }],
    [25, { events: pounds, freshness: [], alerts: ['payments CDE_DRIFT'] }],
    [26, calm(poundsTaken)],
  ]);
}

/** On the day of the rotation: one check before the rebuilds and one after. */
export const KEY_ROTATION_NOTICES: readonly string[] = ['orders', 'payments'].flatMap((topic) =>
  ['raised', 'recovered'].map((event) => `${event} ${topic} MASKING_KEY_CHANGED`),
);

export async function usual(life: Life): Promise<void> {
  for (const topic of LIFE_TOPICS) await usually(life, topic);
}

const WAITING = ['payments DEAD_LETTERS_OPEN'];
const HALTED = ['payments TOPIC_HALTED', 'payments DEAD_LETTERS_GROWING'];

function calm(events: Day['events'], alerts: readonly string[] = []): Day {
  return { events, freshness: [], alerts };
}

function silence(events: Day['events']): Day {
  return { events, freshness: ['readings UPSTREAM_SILENT'], alerts: ['readings UPSTREAM_SILENT'] };
}

async function usually(life: Life, topic: LifeTopic): Promise<void> {
  await life.take(topic, life.produce(topic, 'usual'), life.day);
  await life.process(topic);
}

const others = (topic: LifeTopic): readonly LifeTopic[] => LIFE_TOPICS.filter((each) => each !== topic);

function silent(topic: LifeTopic): Day['events'] {
  return async (life) => {
    for (const other of others(topic)) await usually(life, other);
  };
}

async function contractOf(life: Life, parts: Parameters<Life['change']>[1]): Promise<void> {
  life.change('orders', parts);
  await usual(life);
}

/** Two lines that are not messages. */
async function brokenLines(life: Life): Promise<void> {
  for (const topic of others('payments')) await usually(life, topic);
  await life.take('payments', [...life.produce('payments', 'usual'), MALFORMED, 'nothing at all'], life.day);
  await life.process('payments');
}

/** A person fixes one and discards the other. */
async function fixAndDiscard(life: Life): Promise<void> {
  const [letters] = await openLetters(life.world.workspace.store, { topic: 'payments' });
  const [id = ''] = letters?.ids ?? [];
  await life.replayMended('payments', id, MENDED);
  assert.equal(await life.discard('payments'), 1);
  await usual(life);
}

/** A contract that BACKWARD refuses: the table does not change, the rows wait. */
async function incompatible(life: Life): Promise<void> {
  life.change('orders', { shortNotes: true }, true);
  for (const topic of others('orders')) await usually(life, topic);
  await life.take('orders', life.produce('orders', 'usual'), life.day);
  await life.process('orders', 'CONTRACT_INCOMPATIBLE');
}

async function undone(life: Life): Promise<void> {
  life.change('orders', {});
  await usual(life);
}

/** A producer whose clock is three days ahead. */
async function fastClock(life: Life, kept: Kept): Promise<void> {
  for (const topic of others('payments')) await usually(life, topic);
  const lines = life.produce('payments', 'fast-clock');
  const limit = Number(life.world.now / 1_000n) + 86_400_000;
  kept.fast = lines.filter((line) => Date.parse(JSON.parse(line).publishTime) > limit);
  await life.take('payments', lines, life.day);
  await life.process('payments');
}

/** By now those messages are in the past. */
async function replayFast(life: Life, kept: Kept): Promise<void> {
  await life.replay('payments', 'PUBLISH_TIME_IN_FUTURE', kept.fast);
  await usual(life);
}

async function rotation(life: Life): Promise<void> {
  for (const topic of LIFE_TOPICS) await life.take(topic, life.produce(topic, 'usual'), life.day);
  await life.rotateKey(['orders', 'payments']);
  await life.process('readings');
}

/** A gateway answers instead of the producer: most of the input is not messages, and the topic halts. */
async function poisoned(life: Life): Promise<void> {
  for (const topic of others('payments')) await usually(life, topic);
  await life.take('payments', life.produce('payments', 'poisoned'), life.day, true);
  await life.process('payments', 'TOPIC_HALTED');
}

/** The input of the next day is refused as a whole, and waits. */
async function refused(life: Life, kept: Kept): Promise<void> {
  for (const topic of others('payments')) await usually(life, topic);
  kept.waiting = life.produce('payments', 'usual');
  const file = life.world.arrive('payments', life.day, kept.waiting);
  assert.equal(await life.world.ingest('payments', [file]), 'TOPIC_HALTED');
  await life.process('payments', 'TOPIC_HALTED');
}

/** A person discards the gateway's answers and resumes the topic. */
async function resumed(life: Life, kept: Kept): Promise<void> {
  assert.equal(await life.discard('payments'), 120);
  const halt = await life.world.workspace.store.resumeTopic('payments', false);
  assert.equal(halt?.work, 'ingest');
  await life.take('payments', kept.waiting, life.day - 1);
  await usual(life);
}

/** A currency that the contract does not know. */
async function pounds(life: Life): Promise<void> {
  for (const topic of others('payments')) await usually(life, topic);
  await life.take('payments', life.produce('payments', 'pounds'), life.day);
  await life.process('payments');
}

/** The contract accepts it. */
async function poundsTaken(life: Life): Promise<void> {
  life.change('payments', { currencies: ['EUR', 'USD', 'GBP'] });
  await pounds(life);
  await life.redrive('payments');
}
