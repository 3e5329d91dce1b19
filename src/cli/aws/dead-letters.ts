import { userInfo } from 'node:os';
import { resolve } from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { AwsDeployment } from '../../aws/deployment/aws-deployment.ts';
import { readDeadLetterBody, replayDeadLetter } from '../../aws/intake/replay.ts';
import { repairedBytes } from '../../embedded/dead-letters/repaired-body.ts';
import { LeanOpsError } from '../../errors/error.ts';
import type { ErrorCode } from '../../errors/taxonomy.ts';
import { discardDeadLetters } from '../../pipeline/dead-letters/discard.ts';
import { type Replayed, whatBecameOf } from '../../pipeline/dead-letters/lineage.ts';
import type { OpenLetters } from '../../pipeline/dead-letters/open-letters.ts';
import type { DeadLetter } from '../../state/dead-letter.ts';
import type { Call, Context, Outcome } from '../command/command.ts';
import { confirmed } from '../command/confirm.ts';
import { switchOption, textOption, usage } from '../command/read-call.ts';
import { reasonOf } from '../commands/dlq-discard.ts';
import { listLetters } from '../commands/dlq-list.ts';
import { becameJson, shown } from '../commands/dlq-show.ts';
import { counted } from '../terminal/words.ts';
import {
  chosenJson,
  chosenLines,
  deadLetterJson,
  deadLetterLines,
  totalOf,
} from '../views/dead-letter-view.ts';
import { failureExit, failureLines, failuresJson } from '../views/failures.ts';
import { chosenLetters, unknownLetter } from '../work/dead-letter-choice.ts';
import { eachTask, type Failure } from '../work/work.ts';
import type { OpenedTarget } from './target.ts';

/** Enough to see what is wrong, and no more than a terminal should get. */
const SHOWN_BYTES = 4096;

export function list(call: Call, context: Context, { deployment }: OpenedTarget): Promise<Outcome> {
  return listLetters(call, context, deployment);
}

export async function show(
  call: Call,
  context: Context,
  { deployment, settings }: OpenedTarget,
): Promise<Outcome> {
  const id = String(call.arguments.ID);
  const found = await deployment.store.deadLetter(id);
  if (found === null) throw unknownLetter(id);
  const { letter } = found;
  const became = await knownToHaveBecome(deployment, letter);
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
    json: { ...deadLetterJson(letter), became: becameJson(became), ...bodyJson },
    lines: [
      ...deadLetterLines(letter, became),
      ...(body === null
        ? [context.terminal.paint('dim', '--reveal shows the body')]
        : ['', ...shown(body, letter.bodySize)]),
    ],
  };
}

/** A replay is a message of the queue: only that it is a dead letter again is told here, else RAW tells (`explain`). */
async function knownToHaveBecome({ store }: AwsDeployment, letter: DeadLetter): Promise<Replayed | null> {
  const became = await whatBecameOf(store, letter);
  return became?.deadLetterId == null ? null : became;
}

export async function replay(
  call: Call,
  context: Context,
  { deployment, settings }: OpenedTarget,
): Promise<Outcome> {
  const chosen = await chosenLetters(call, context, deployment);
  const total = totalOf(chosen);
  const file = textOption(call, 'with');
  if (file !== null && total > 1) throw usage(`--with is for one open dead letter; ${total} are chosen`);
  const repaired = file === null ? null : await repairedBytes(resolve(context.cwd, file));
  const would = { replay: [], would_replay: chosenJson(chosen) };
  if (switchOption(call, 'dry-run') || total === 0)
    return { exit: 0, json: would, lines: chosenLines(chosen) };
  if (!(await confirmed(call, context, `Send ${counted(total, 'dead letter')} to the queue again?`)))
    return { exit: 0, json: would, lines: ['nothing was replayed'] };
  return sendAll({ deployment, settings }, chosen, repaired, context);
}

/** Letters of one topic that were taken on. */
interface Sent {
  readonly topic: string;
  replayed: number;
  notOpen: number;
  readonly damaged: Failure[];
}

async function sendAll(
  { deployment, settings }: OpenedTarget,
  chosen: readonly OpenLetters[],
  repaired: Uint8Array | null,
  { signal, terminal }: Context,
): Promise<Outcome> {
  const { store, config } = deployment;
  const sender = { s3: new S3Client(settings), sqs: new SQSClient(settings), store, prefix: config.prefix };
  const { results, failures } = await eachTask(chosen, signal, async ({ topic, ids }) => {
    const sent: Sent = { topic, replayed: 0, notOpen: 0, damaged: [] };
    for (const id of ids) {
      refuseInterrupted(signal);
      const request = { id, repaired, by: userInfo().username, at: deployment.clock() };
      try {
        if (await replayDeadLetter(sender, request)) sent.replayed += 1;
        else sent.notOpen += 1;
      } catch (error) {
        // One letter that can't be sent keeps no other from its replay (DESIGN 2.5); it stays open.
        if (!(error instanceof LeanOpsError && LEFT_OPEN.has(error.code))) throw error;
        sent.damaged.push({ topic, error });
      }
    }
    return sent;
  });
  const all = [...failures, ...results.flatMap(({ damaged }) => damaged)];
  return {
    exit: failureExit(all, 0),
    json: {
      replay: results.map(({ topic, replayed, notOpen, damaged }) => {
        return { topic, replayed, not_open: notOpen, damaged: damaged.length };
      }),
      ...failuresJson(all, 'aws'),
    },
    lines: [
      ...results.map(
        ({ topic, replayed }) => `${topic}: ${counted(replayed, 'dead letter')} sent to the queue`,
      ),
      ...failureLines(all, terminal.paint, 'aws'),
    ],
  };
}

/** What is wrong with one letter's own body. */
const LEFT_OPEN: ReadonlySet<ErrorCode> = new Set(['DEAD_LETTER_DAMAGED', 'NOT_UTF8']);

function refuseInterrupted(signal: AbortSignal): void {
  if (!signal.aborted) return;
  throw new LeanOpsError('INTERRUPTED', {
    operation: 'replaying dead letters',
    detail: 'those that were sent are closed, the rest is open',
  });
}

export async function discard(call: Call, context: Context, { deployment }: OpenedTarget): Promise<Outcome> {
  const reason = reasonOf(call);
  const chosen = await chosenLetters(call, context, deployment);
  const total = totalOf(chosen);
  const would = { discarded: 0, would_discard: chosenJson(chosen) };
  if (switchOption(call, 'dry-run') || total === 0)
    return { exit: 0, json: would, lines: chosenLines(chosen) };
  if (!(await confirmed(call, context, `Discard ${counted(total, 'dead letter')} for good?`)))
    return { exit: 0, json: would, lines: ['nothing was discarded'] };
  const options = { reason, signal: context.signal, onProgress: () => undefined };
  const discarded = await discardDeadLetters(
    deployment,
    userInfo().username,
    chosen.flatMap(({ ids }) => ids),
    options,
  );
  return { exit: 0, json: { discarded }, lines: [`${counted(discarded, 'dead letter')} discarded`] };
}
