import type { ExpiredRaw } from '../../duckdb/explain/expired.ts';
import type { ExplainedReception } from '../../duckdb/explain/explain.ts';
import { type DeadLetter, replayedLetter } from '../../state/dead-letter.ts';
import type { Erasure } from '../../state/erasure.ts';
import type { Json, Outcome } from '../command/command.ts';
import { table } from '../terminal/table.ts';
import { counted, instant, moment } from '../terminal/words.ts';
import { deadLetterJson } from './dead-letter-view.ts';
import { erasureJson } from './erasure-view.ts';

/** All that is known of what was asked about. */
export interface Explanation {
  readonly receptions: readonly ExplainedReception[];
  readonly dead: readonly DeadLetter[];
  readonly erased: readonly Erasure[];
  readonly expired: readonly ExpiredRaw[];
}

export function explanationOutcome({ receptions, dead, erased, expired }: Explanation): Outcome {
  const standing = expired.flatMap((each) => standingLines(each, receptions));
  const known = receptions.length + dead.length + erased.length + standing.length > 0;
  return {
    exit: known ? 0 : 1,
    json: {
      receptions: receptions.map(receptionJson),
      dead_letters: dead.map(deadLetterJson),
      erased: erased.map(erasureJson),
      expired: expired.map(expiredJson),
    },
    lines: known
      ? [
          ...(receptions.length + dead.length > 0 ? linesOf(receptions, dead) : []),
          ...erased.map(erasedLine),
          ...standing,
        ]
      : unknownLines(expired),
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

function expiredJson({ topic, rawRows, standing }: ExpiredRaw): Json {
  const rows = standing.map(({ messageId, key, publishTime, batchId }) => {
    return { message_id: messageId, key, publish_time: instant(publishTime), batch_id: batchId };
  });
  return { topic, raw_rows: rawRows, standing: rows };
}

/** Rows whose reception no RAW row tells of any more. */
function standingLines(
  { topic, standing }: ExpiredRaw,
  receptions: readonly ExplainedReception[],
): readonly string[] {
  const isTold = (messageId: string, publishTime: bigint): boolean =>
    receptions.some((each) => each.messageId === messageId && each.publishTime === publishTime);
  return standing
    .filter(({ messageId, publishTime }) => !isTold(messageId, publishTime))
    .map(
      ({ messageId, key, publishTime, batchId }) =>
        `${topic}: ${messageId}, published ${moment(publishTime)}, is the row of ${key} in semantic.${topic}, put there by batch ${batchId}; its RAW row has expired, and with it how it came`,
    );
}

function unknownLines(expired: readonly ExpiredRaw[]): readonly string[] {
  if (expired.length === 0) return ['nothing is known of it: no message of that id or key was received'];
  const gone = expired.map(({ topic, rawRows }) => `${counted(rawRows, 'RAW row')} of ${topic}`);
  return [`nothing is known of it; it may have been one of ${gone.join(' and ')} that have expired`];
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
        ? 'the newest of its key; the history that tells its batch has expired'
        : `lost to ${other}; the history that tells their batches has expired`;
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
