import { readFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { resolve } from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { readDeadLetterBody, replayDeadLetter } from '../../aws/intake/replay.ts';
import { discardDeadLetters } from '../../engine/dead-letters/discard.ts';
import type { Call, Context, Outcome } from '../command.ts';
import { reasonOf } from '../commands/dlq-discard.ts';
import { listLetters } from '../commands/dlq-list.ts';
import { shown } from '../commands/dlq-show.ts';
import { confirmed } from '../confirm.ts';
import { chosenLetters, unknownLetter } from '../dead-letter-choice.ts';
import { chosenJson, chosenLines, deadLetterJson, deadLetterLines, totalOf } from '../dead-letter-view.ts';
import { switchOption, textOption, usage } from '../read-call.ts';
import { counted } from '../words.ts';
import type { OpenedTarget } from './target.ts';

/** Enough to see what is wrong, and no more than a terminal should get. */
const SHOWN_BYTES = 4096;

export function list(call: Call, context: Context, { home }: OpenedTarget): Promise<Outcome> {
  return listLetters(call, context, home);
}

export async function show(call: Call, context: Context, { home, settings }: OpenedTarget): Promise<Outcome> {
  const id = String(call.arguments.ID);
  const found = await home.store.deadLetter(id);
  if (found === null) throw unknownLetter(id);
  const { letter } = found;
  const body = switchOption(call, 'reveal')
    ? Buffer.from(await readDeadLetterBody(new S3Client(settings), letter, found.body)).subarray(
        0,
        SHOWN_BYTES,
      )
    : null;
  const bodyJson =
    body === null
      ? {}
      : { body_base64: body.toString('base64'), body_truncated: letter.bodySize > body.length };
  return {
    exit: 0,
    // A replay is a message of the queue: what became of it is told by RAW.
    json: { ...deadLetterJson(letter), became: null, ...bodyJson },
    lines: [
      ...deadLetterLines(letter, null),
      ...(body === null
        ? [context.terminal.paint('dim', '--reveal shows the body')]
        : ['', ...shown(body, letter.bodySize)]),
    ],
  };
}

export async function replay(
  call: Call,
  context: Context,
  { home, settings }: OpenedTarget,
): Promise<Outcome> {
  const chosen = await chosenLetters(call, context, home);
  const total = totalOf(chosen);
  const file = textOption(call, 'with');
  if (file !== null && total > 1) throw usage(`--with is for one open dead letter; ${total} are chosen`);
  const repaired = file === null ? null : await readFile(resolve(context.cwd, file));
  const would = { replay: [], would_replay: chosenJson(chosen) };
  if (switchOption(call, 'dry-run') || total === 0)
    return { exit: 0, json: would, lines: chosenLines(chosen) };
  if (!(await confirmed(call, context, `Send ${counted(total, 'dead letter')} to the queue again?`)))
    return { exit: 0, json: would, lines: ['nothing was replayed'] };
  const sender = { s3: new S3Client(settings), sqs: new SQSClient(settings), store: home.store };
  const results: { topic: string; replayed: number; not_open: number }[] = [];
  for (const { topic, ids } of chosen) {
    let replayed = 0;
    for (const id of ids) {
      if (context.signal.aborted) break;
      const request = { id, repaired, by: userInfo().username, at: home.clock() };
      if (await replayDeadLetter({ ...sender, prefix: home.config.prefix }, request)) replayed += 1;
    }
    results.push({ topic, replayed, not_open: ids.length - replayed });
  }
  return {
    exit: 0,
    json: { replay: results },
    lines: results.map(
      ({ topic, replayed }) => `${topic}: ${counted(replayed, 'dead letter')} sent to the queue`,
    ),
  };
}

export async function discard(call: Call, context: Context, { home }: OpenedTarget): Promise<Outcome> {
  const reason = reasonOf(call);
  const chosen = await chosenLetters(call, context, home);
  const total = totalOf(chosen);
  const would = { discarded: 0, would_discard: chosenJson(chosen) };
  if (switchOption(call, 'dry-run') || total === 0)
    return { exit: 0, json: would, lines: chosenLines(chosen) };
  if (!(await confirmed(call, context, `Discard ${counted(total, 'dead letter')} for good?`)))
    return { exit: 0, json: would, lines: ['nothing was discarded'] };
  const closer = { store: home.store, clock: home.clock, owner: userInfo().username };
  const options = { reason, signal: context.signal, onProgress: () => undefined };
  const discarded = await discardDeadLetters(
    closer,
    chosen.flatMap(({ ids }) => ids),
    options,
  );
  return { exit: 0, json: { discarded }, lines: [`${counted(discarded, 'dead letter')} discarded`] };
}
