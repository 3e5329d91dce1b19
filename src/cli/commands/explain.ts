import { lettersBehind } from '../../engine/dead-letters/lineage.ts';
import { type ExplainedReception, explainTopic } from '../../engine/explain/explain.ts';
import { erasuresOf } from '../../engine/forget/erasures-of.ts';
import { type DeadLetter, replayedLetter } from '../../state/dead-letter.ts';
import type { Erasure } from '../../state/erasure.ts';
import type { CommandSpec, Json } from '../command.ts';
import { deadLetterJson } from '../dead-letter-view.ts';
import { erasureJson } from '../erasure-view.ts';
import { optionalArgument, textOption, usage } from '../read-call.ts';
import { table } from '../table.ts';
import { stateTopics } from '../topics.ts';
import { counted, instant, moment } from '../words.ts';
import { withLazyEngine } from '../work.ts';
import { withWorkspace } from '../workspace.ts';

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
      summary: 'a business key instead: all its versions; parts joined by " | "',
    },
    { flag: '--topic', value: 'TOPIC', summary: 'look into this topic only', completes: 'topic' },
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
        const question = questionOf(optionalArgument(call, 'MESSAGE_ID'), textOption(call, 'key'));
        const topic = textOption(call, 'topic');
        const topics = await stateTopics(workspace, topic === null ? [] : [topic]);
        const receptions: ExplainedReception[] = [];
        for (const each of topics)
          receptions.push(...(await explainTopic(workspace, await engine(), each, question)));
        const behind = await Promise.all(
          receptions.map(({ source }) => lettersBehind(workspace.store, source)),
        );
        const filter = { messageId: question.text, ...(topic === null ? {} : { topic }) };
        const named =
          question.kind === 'key'
            ? []
            : (await workspace.store.deadLetters(filter, MAX_DEAD_LETTERS, null)).items;
        // Letters behind the rows too: a body that was repaired may have had no id to find it by.
        const byId = new Map([...behind.flat(), ...named].map((letter) => [letter.id, letter]));
        const dead = [...byId.values()].sort((a, b) => Number(a.dlqSentAt - b.dlqSentAt));
        const erased = question.kind === 'key' ? await erasuresOf(workspace, topics, question.text) : [];
        const known = receptions.length + dead.length + erased.length > 0;
        return {
          exit: known ? 0 : 1,
          json: {
            receptions: receptions.map(receptionJson),
            dead_letters: dead.map(deadLetterJson),
            erased: erased.map(erasureJson),
          },
          lines: known
            ? [
                ...(receptions.length + dead.length > 0 ? linesOf(receptions, dead) : []),
                ...erased.map(erasedLine),
              ]
            : ['nothing is known of it: no such message was received'],
        };
      }),
    ),
};

function questionOf(message: string | null, key: string | null) {
  if (message !== null && key === null) return { kind: 'message', text: message } as const;
  if (key !== null && message === null) return { kind: 'key', text: key } as const;
  throw usage('explain takes a MESSAGE_ID or --key KEY, one of the two');
}

function receptionJson(reception: ExplainedReception): Json {
  const { because } = reception;
  return {
    topic: reception.topic,
    message_id: reception.messageId,
    key: reception.key,
    publish_time: instant(reception.publishTime),
    ingestion_ts: instant(reception.ingestionTs),
    source: reception.source,
    replay_of: replayedLetter(reception.source),
    fate: reception.fate,
    batch_id: reception.batchId,
    codes: reception.codes,
    paths: reception.paths,
    because: because === null ? null : { source: because.source, message_id: because.messageId },
  };
}

function linesOf(receptions: readonly ExplainedReception[], dead: readonly DeadLetter[]): readonly string[] {
  const rows = [
    ...receptions.map((each) => [
      each.topic,
      each.key,
      each.messageId,
      moment(each.publishTime),
      each.fate,
      reasonOf(each),
      each.source,
    ]),
    ...dead.map((each) => [
      each.topic,
      '',
      each.messageId,
      '',
      each.status === 'open' ? 'dead-lettered' : `dead letter, ${each.status}`,
      `${each.errorCode}; lean-ops dlq show ${each.id}`,
      each.source,
    ]),
  ];
  return table(['topic', 'key', 'message', 'published', 'fate', 'because', 'source'], rows);
}

function erasedLine({ topic, begunAt, counts, keyHash }: Erasure): string {
  const rows = `${counted(counts.rawRows, 'RAW row')} and ${counted(counts.deadLetters, 'dead letter')}`;
  return `${topic}: erased at ${moment(begunAt)} with ${rows}; receipt ${keyHash}`;
}

function reasonOf({ fate, codes, paths, because }: ExplainedReception): string {
  const other = because === null ? '' : because.messageId;
  switch (fate) {
    case 'rejected':
      return `${codes} at ${paths}`;
    case 'processed':
      return other === ''
        ? 'the newest of its key, in a batch long ago'
        : `lost to ${other}, in a batch long ago`;
    case 'duplicate':
      return `a copy of ${other} from ${because?.source ?? ''}`;
    case 'superseded':
      return `lost to ${other} in the same batch`;
    case 'stale':
      return `the table already had ${other}`;
    case 'updated':
      return `newer than ${other}`;
    case 'inserted':
      return 'the first of its key';
    case 'backlog':
      return 'waits for the next batch';
  }
}
