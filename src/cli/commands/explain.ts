import type { Engine } from '../../duckdb/engine/engine.ts';
import { type ExpiredRaw, expiredRaw } from '../../duckdb/explain/expired.ts';
import { type ExplainedReception, explainTopic } from '../../duckdb/explain/explain.ts';
import type { Question } from '../../duckdb/explain/relevant-rows.ts';
import type { ReadablePlace } from '../../duckdb/tables/readable-place.ts';
import { erasuresOf } from '../../embedded/forget/erasures-of.ts';
import { lettersBehind } from '../../pipeline/dead-letters/lineage.ts';
import type { Call, CommandSpec } from '../command/command.ts';
import { optionalArgument, textOption, usage } from '../command/read-call.ts';
import { type Explanation, explanationOutcome } from '../views/explanation-view.ts';
import { stateTopics, type Topics } from '../work/topics.ts';
import { withLazyEngine } from '../work/work.ts';
import { withWorkspace } from '../work/workspace.ts';

const MAX_DEAD_LETTERS = 1_000;

export const command: CommandSpec = {
  name: 'explain',
  summary: "tell every reception's way and fate, by message or by key",
  details: 'Exit 1 where nothing is known of it.',
  arguments: [{ name: 'MESSAGE_ID', summary: 'a message id', required: false }],
  options: [
    {
      flag: '--key',
      value: 'KEY',
      summary:
        'a business key instead, plain or as the tables show it: all its versions; of several parts a JSON array',
    },
    { flag: '--topic', value: 'TOPIC', summary: 'look into this topic only', completes: 'topic' },
    { flag: '--yes', summary: 'with --target aws: read RAW from S3 however large it is' },
  ],
  examples: [
    {
      line: 'lean-ops explain ORD-000260/delivered',
      does: 'Tells what became of each arrival of that message.',
    },
    {
      line: 'lean-ops explain --key ORD-000260',
      does: 'Shows every version of that order and which one is the row.',
    },
  ],
  answers: true,
  run: (call, context) =>
    withWorkspace(context, (workspace) =>
      withLazyEngine(workspace, async (engine) => {
        const asked = await readQuestion(call, workspace);
        const { topics, question } = asked;
        const found = await findEverything(workspace, engine, asked);
        const erased = question.kind === 'key' ? await erasuresOf(workspace, topics, question.text) : [];
        return explanationOutcome({ ...found, erased });
      }),
    ),
};

/** What is asked, and where it is looked for. */
export interface Asked {
  readonly question: Question;
  readonly topics: readonly string[];
  /** The one topic that was named; null: all. */
  readonly topic: string | null;
}

/** Throws USAGE, TOPIC_UNKNOWN. */
export async function readQuestion(call: Call, home: Topics): Promise<Asked> {
  const message = optionalArgument(call, 'MESSAGE_ID');
  const key = textOption(call, 'key');
  if ((message === null) === (key === null))
    throw usage('explain takes a MESSAGE_ID or --key KEY, one of the two');
  const topic = textOption(call, 'topic');
  return {
    question: { kind: message === null ? 'key' : 'message', text: message ?? key ?? '' },
    topics: await stateTopics(home, topic === null ? [] : [topic]),
    topic,
  };
}

/** What RAW and the dead letters of these topics hold of it, in either home. */
export async function findEverything(
  home: ReadablePlace,
  engine: () => Promise<Engine>,
  { question, topics, topic }: Asked,
): Promise<Omit<Explanation, 'erased'>> {
  const receptions: ExplainedReception[] = [];
  const expired: ExpiredRaw[] = [];
  for (const each of topics) {
    receptions.push(...(await explainTopic(home, await engine(), each, question)));
    const gone = await expiredRaw(home, engine, each, question);
    if (gone !== null) expired.push(gone);
  }
  const behind = await Promise.all(receptions.map(({ source }) => lettersBehind(home.store, source)));
  const filter = { messageId: question.text, ...(topic === null ? {} : { topic }) };
  const named =
    question.kind === 'key' ? [] : (await home.store.deadLetters(filter, MAX_DEAD_LETTERS, null)).items;
  // Letters behind the rows too: a body that was repaired may have had no id to find it by.
  const byId = new Map([...behind.flat(), ...named].map((letter) => [letter.id, letter]));
  return { receptions, expired, dead: [...byId.values()].sort((a, b) => Number(a.dlqSentAt - b.dlqSentAt)) };
}
