import type { ExplainedReception } from '../engine/explain/explain.ts';
import { type DeadLetter, replayedLetter } from '../state/dead-letter.ts';
import type { Erasure } from '../state/erasure.ts';
import type { Json, Outcome } from './command.ts';
import { deadLetterJson } from './dead-letter-view.ts';
import { erasureJson } from './erasure-view.ts';
import { table } from './table.ts';
import { counted, instant, moment } from './words.ts';

/** All that is known of what was asked about. */
export interface Explanation {
  readonly receptions: readonly ExplainedReception[];
  readonly dead: readonly DeadLetter[];
  readonly erased: readonly Erasure[];
}

export function explanationOutcome({ receptions, dead, erased }: Explanation): Outcome {
  const known = receptions.length + dead.length + erased.length > 0;
  return {
    exit: known ? 0 : 1,
    json: {
      receptions: receptions.map(receptionJson),
      dead_letters: dead.map(deadLetterJson),
      erased: erased.map(erasureJson),
    },
    lines: known
      ? [...(receptions.length + dead.length > 0 ? linesOf(receptions, dead) : []), ...erased.map(erasedLine)]
      : ['nothing is known of it: no such message was received'],
  };
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
