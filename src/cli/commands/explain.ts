import type { Engine } from '../../duckdb/engine/engine.ts';
import { type ExpiredRaw, expiredRaw } from '../../duckdb/explain/expired.ts';
import { type ExplainedReception, explainTopic } from '../../duckdb/explain/explain.ts';
import type { Question } from '../../duckdb/explain/relevant-rows.ts';
import type { ReadablePlace } from '../../duckdb/tables/readable-place.ts';
import { lettersBehind } from '../../pipeline/dead-letters/lineage.ts';
import { stateTopics } from '../command/chosen-topics.ts';
import type { Call, PlaceCommand } from '../command/command.ts';
import type { CommandPlace } from '../command/command-place.ts';
import { optionalArgument, switchOption, textOption, usage } from '../command/read-call.ts';
import { type Explanation, explanationOutcome } from '../views/explanation-view.ts';

/** Dead letters of one message id that are listed: one page of the store. */
const MAX_DEAD_LETTERS = 1_000;

export const command: PlaceCommand = {
  places: ['embedded', 'aws'],
  name: 'explain',
  summary: 'show what became of each reception of a message or a key',
  details:
    'Lists each reception with its fate and the reason for it. Exits with 1 if nothing is known about the message or key.',
  arguments: [{ name: 'MESSAGE_ID', summary: 'a message id', required: false }],
  options: [
    {
      flag: '--key',
      value: 'KEY',
      summary:
        'all versions of this business key instead, as received or as the tables show it; use a JSON array for composite keys',
    },
    { flag: '--topic', value: 'TOPIC', summary: 'search this topic only', completes: 'topic' },
    { flag: '--yes', summary: 'with --target aws: read RAW from S3, however large it is' },
  ],
  examples: [
    {
      line: 'lean-ops explain ORD-000260/delivered',
      does: 'Shows what became of each reception of that message.',
    },
    {
      line: 'lean-ops explain --key ORD-000260',
      does: 'Shows every version of that order, and which one is the current row.',
    },
  ],
  answers: true,
  run: async (call, _context, place) => {
    const asked = await readQuestion(call, place);
    const { topics, question } = asked;
    const reading = { purpose: 'explaining', isAllowed: switchOption(call, 'yes') };
    const found = await place.withTables(reading, (tables, engine) => findEverything(tables, engine, asked));
    const erased = question.kind === 'key' ? await place.erasures(topics, question.text) : [];
    const messageId = question.kind === 'message' ? question.text : null;
    const onTheWay = await place.onTheWay(topics, messageId);
    return explanationOutcome({ ...found, erased, onTheWay }, place);
  },
};

/** What the user asks, and which topics are searched. */
interface Asked {
  readonly question: Question;
  readonly topics: readonly string[];
  /** The topic that --topic names; null: all. */
  readonly topic: string | null;
}

/** Throws USAGE, TOPIC_UNKNOWN. */
async function readQuestion(call: Call, place: CommandPlace): Promise<Asked> {
  const message = optionalArgument(call, 'MESSAGE_ID');
  const key = textOption(call, 'key');
  if ((message === null) === (key === null)) throw usage('explain needs either a MESSAGE_ID or --key KEY');
  const topic = textOption(call, 'topic');
  return {
    question: { kind: message === null ? 'key' : 'message', text: message ?? key ?? '' },
    topics: await stateTopics(place, topic === null ? [] : [topic]),
    topic,
  };
}

/** The entries about it in RAW and in the dead letters of these topics. */
async function findEverything(
  place: ReadablePlace,
  engine: () => Promise<Engine>,
  { question, topics, topic }: Asked,
): Promise<Pick<Explanation, 'receptions' | 'expired' | 'dead'>> {
  const receptions: ExplainedReception[] = [];
  const expired: ExpiredRaw[] = [];
  for (const each of topics) {
    receptions.push(...(await explainTopic(place, await engine(), each, question)));
    const gone = await expiredRaw(place, engine, each, question);
    if (gone !== null) expired.push(gone);
  }
  const behind = await Promise.all(receptions.map(({ source }) => lettersBehind(place.store, source)));
  const filter = { messageId: question.text, ...(topic === null ? {} : { topic }) };
  const named =
    question.kind === 'key' ? [] : (await place.store.deadLetters(filter, MAX_DEAD_LETTERS, null)).items;
  // Also the letters that rows came from: a repaired body may have had no message id to find it by.
  const byId = new Map([...behind.flat(), ...named].map((letter) => [letter.id, letter]));
  return { receptions, expired, dead: [...byId.values()].sort((a, b) => Number(a.dlqSentAt - b.dlqSentAt)) };
}
