import { dayOf, MICROS_PER_DAY } from '../../base/time.ts';
import { readChecks, type TopicChecks } from '../../pipeline/figures/standing-checks.ts';
import { overallStatus, type TopicBalance } from '../../quality/balance.ts';
import type { Checkpoint } from '../../state/checkpoint.ts';
import type { RunFailures } from '../../state/failure.ts';
import { stateTopics } from '../command/chosen-topics.ts';
import { type Context, type PlaceCommand, TOPICS } from '../command/command.ts';
import type { CommandPlace } from '../command/command-place.ts';
import { EXIT } from '../command/output.ts';
import { listArgument } from '../command/read-call.ts';
import { type Cell, table } from '../terminal/table.ts';
import { counted, instant, moment } from '../terminal/words.ts';
import { balanceExit, statusText } from '../views/balance-view.ts';
import { checkLines, checksExit, checksJson, checksText } from '../views/checks-view.ts';
import { haltJson, haltText } from '../views/halt-view.ts';

interface TopicStatus {
  readonly checkpoint: Checkpoint;
  readonly balance: TopicBalance;
  readonly checks: TopicChecks;
  readonly openDeadLetters: number;
  /** Of today and yesterday, UTC. */
  readonly failures: readonly RunFailures[];
  /** `ingest` and `semantic`, if a run works on them now. */
  readonly working: readonly string[];
}

export const command: PlaceCommand = {
  places: ['embedded', 'aws'],
  name: 'status',
  summary: 'show the state of every topic',
  details:
    'Reads stored figures only, so it answers at once. Exits with 1 if a topic is unbalanced, halted or unknown, or if a quality rule of severity error is broken or unknown.',
  arguments: [TOPICS],
  options: [],
  examples: [{ line: 'lean-ops status', does: 'Prints one line per topic.' }],
  answers: true,
  run: async (call, context, place) => {
    const topics = await stateTopics(place, listArgument(call, 'TOPIC'));
    const all = await Promise.all(topics.map((topic) => readStatus(place, topic)));
    const balances = all.map(({ balance }) => balance);
    return {
      exit: haltExit(all) || balanceExit(balances) || checksExit(all.map(({ checks }) => checks)),
      json: { ...place.identity, balance: overallStatus(balances), topics: all.map(statusJson) },
      lines: statusLines(all, context, place),
    };
  },
};

async function readStatus(place: CommandPlace, topic: string): Promise<TopicStatus> {
  const { store } = place;
  const balance = await place.measureBalance(topic);
  const holders = await Promise.all(
    (['ingest', 'semantic'] as const).map((work) => store.leaseHolder({ topic, work })),
  );
  const now = place.clock();
  return {
    checkpoint: await store.checkpoint(topic),
    balance,
    checks: await readChecks(place, topic),
    openDeadLetters: (await store.deadLetterCounts(topic)).open,
    failures: await store.failures(topic, dayOf(now - MICROS_PER_DAY), dayOf(now)),
    working: holders.flatMap((lease) => (lease !== null && lease.expiresAt > now ? [lease.scope.work] : [])),
  };
}

function statusJson({ checkpoint, balance, checks, openDeadLetters, failures, working }: TopicStatus) {
  const { totals } = checkpoint;
  return {
    topic: checkpoint.topic,
    generation: checkpoint.generation,
    contract_version: checkpoint.contractVersion,
    // From the balance, because the checkpoint on AWS does not count what was received.
    received: figure(balance, 'received'),
    raw: rawReceptions(balance),
    dead_lettered: figure(balance, 'dead_lettered'),
    dead_letters_open: openDeadLetters,
    rows: figure(balance, 'live_rows'),
    rejected: totals.outcomes.rejected,
    backlog: figure(balance, 'backlog'),
    balance: balance.status,
    checks: checksJson(checks),
    last_batch_id: checkpoint.batchId,
    last_batch_at: checkpoint.completedAt === null ? null : instant(checkpoint.completedAt),
    checked_at: checkpoint.checkedAt === null ? null : instant(checkpoint.checkedAt),
    halt: checkpoint.halt === null ? null : haltJson(checkpoint.halt),
    failures: failures.map(failureJson),
    unfinished_batch_id: checkpoint.intent?.batchId ?? null,
    working: [...working],
  };
}

function statusLines(
  all: readonly TopicStatus[],
  { terminal: { paint } }: Context,
  place: CommandPlace,
): readonly string[] {
  if (all.length === 0) return [`no topics yet: ${place.firstStep}`];
  const rows = all.map(({ checkpoint, balance, checks, openDeadLetters, working }): Cell[] => [
    checkpoint.topic,
    // Unknown is never shown as zero.
    figure(balance, 'received') ?? 'unknown',
    openDeadLetters,
    figure(balance, 'live_rows') ?? 'unknown',
    checkpoint.totals.outcomes.rejected,
    figure(balance, 'backlog') ?? 'unknown',
    statusText(balance.status, paint),
    checksText(checks, paint),
    checkpoint.completedAt === null ? 'never' : moment(checkpoint.completedAt),
    [
      ...(checkpoint.halt === null ? [] : ['HALTED']),
      ...working,
      ...(checkpoint.intent !== null && !working.includes('semantic') ? ['interrupted batch'] : []),
    ].join(', '),
  ]);
  const head = [
    'topic',
    'received',
    'dead letters',
    'rows',
    'rejected',
    'backlog',
    'balance',
    'checks',
    'last batch',
    'now',
  ];
  return [
    ...table(head, rows),
    ...checkLines(
      all.map(({ checks }) => checks),
      paint,
    ),
    ...haltLines(all, place),
    ...failureLines(all),
  ];
}

function haltExit(all: readonly TopicStatus[]): 0 | 1 {
  return all.some(({ checkpoint }) => checkpoint.halt !== null) ? EXIT.checkFailed : EXIT.ok;
}

function haltLines(all: readonly TopicStatus[], place: CommandPlace): readonly string[] {
  return all.flatMap(({ checkpoint: { topic, halt } }) =>
    halt === null
      ? []
      : [
          '',
          `${topic} is halted: ${haltText(halt)}. Fix the cause, then run \`${place.commandLine(`topic resume ${topic}`)}\`.`,
        ],
  );
}

function failureJson({ code, stage, day, count, firstAt, lastAt }: RunFailures) {
  return { code, stage, day, count, first_at: instant(firstAt), last_at: instant(lastAt) };
}

function failureLines(all: readonly TopicStatus[]): readonly string[] {
  const lines = all.flatMap(({ failures }) =>
    failures.map(
      ({ topic, code, day, count, lastAt }) =>
        `${topic} failed: ${code}, ${counted(count, 'run')} on ${day}, last ${moment(lastAt)}`,
    ),
  );
  return lines.length === 0 ? [] : ['', ...lines];
}

/** Receptions that RAW has received: expired and erased rows count, copies of one reception do not. */
function rawReceptions(balance: TopicBalance): number | null {
  const [live, expired, erased] = ['raw', 'expired', 'erased'].map((name) => figure(balance, name));
  if (live == null || expired == null || erased == null) return null;
  return live + expired + erased + (figure(balance, 'extra_copies') ?? 0);
}

function figure(balance: TopicBalance, name: string): number | null {
  const value = balance.equations.flatMap(({ terms }) => terms).find((term) => term.name === name)?.value;
  return typeof value === 'number' ? value : null;
}
