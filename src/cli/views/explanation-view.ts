import type { OnTheWay } from '../../aws/figures/on-the-way.ts';
import type { ExpiredRaw } from '../../duckdb/explain/expired.ts';
import type { ExplainedReception } from '../../duckdb/explain/explain.ts';
import { type DeadLetter, replayedLetter } from '../../state/dead-letter.ts';
import type { Erasure } from '../../state/erasure.ts';
import type { Json, Outcome } from '../command/command.ts';
import type { CommandPlace } from '../command/command-place.ts';
import { EXIT } from '../command/output.ts';
import { table } from '../terminal/table.ts';
import { counted, instant, moment } from '../terminal/words.ts';
import { deadLetterJson } from './dead-letter-view.ts';
import { erasureJson } from './erasure-view.ts';
import { onTheWayJson, undeliveredLines, waitingLines } from './on-the-way-view.ts';

/** Everything that is known about a message or a key. */
export interface Explanation {
  readonly receptions: readonly ExplainedReception[];
  readonly dead: readonly DeadLetter[];
  readonly erased: readonly Erasure[];
  readonly expired: readonly ExpiredRaw[];
  /** null: messages reach RAW as they are received. */
  readonly onTheWay: readonly OnTheWay[] | null;
}

/** Exits with 1 if nothing is known. */
export function explanationOutcome(
  { receptions, dead, erased, expired, onTheWay }: Explanation,
  place: Pick<CommandPlace, 'commandLine'>,
): Outcome {
  const ways = onTheWay ?? [];
  const standing = expired.flatMap((each) => standingLines(each, receptions));
  const lines = [
    ...(receptions.length + dead.length > 0 ? linesOf(receptions, dead, place) : []),
    ...erased.map(erasedLine),
    ...standing,
    ...ways.flatMap(undeliveredLines),
  ];
  const known = lines.length > 0;
  return {
    exit: known ? EXIT.ok : EXIT.checkFailed,
    json: {
      receptions: receptions.map(receptionJson),
      dead_letters: dead.map(deadLetterJson),
      erased: erased.map(erasureJson),
      expired: expired.map(expiredJson),
      ...(onTheWay === null ? {} : { on_the_way: ways.map(onTheWayJson) }),
    },
    lines: [...(known ? lines : unknownLines(expired)), ...ways.flatMap(waitingLines)],
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

/** Rows whose RAW row has expired, so that no reception explains them. */
function standingLines(
  { topic, standing }: ExpiredRaw,
  receptions: readonly ExplainedReception[],
): readonly string[] {
  const isExplained = (messageId: string, publishTime: bigint): boolean =>
    receptions.some((each) => each.messageId === messageId && each.publishTime === publishTime);
  return standing
    .filter(({ messageId, publishTime }) => !isExplained(messageId, publishTime))
    .map(
      ({ messageId, key, publishTime, batchId }) =>
        `${topic}: ${messageId}, published ${moment(publishTime)}, is the row of ${key} in semantic.${topic}, written by batch ${batchId}; its RAW row has expired, so its reception is unknown`,
    );
}

function unknownLines(expired: readonly ExpiredRaw[]): readonly string[] {
  if (expired.length === 0) return ['not found: no message with this id or key was received'];
  const gone = expired.map(({ topic, rawRows }) => `${counted(rawRows, 'RAW row')} of ${topic}`);
  return [`not found: it may be one of ${gone.join(' and ')} that have expired`];
}

function linesOf(
  receptions: readonly ExplainedReception[],
  dead: readonly DeadLetter[],
  { commandLine }: Pick<CommandPlace, 'commandLine'>,
): readonly string[] {
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
      `${each.errorCode}; ${commandLine(`dlq show ${each.id}`)}`,
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
        ? 'the newest of its key; the history that names its batch has expired'
        : `lost to ${other}; the history that names their batches has expired`;
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
