import { dayOf, MICROS_PER_DAY } from '../../base/time.ts';
import { measureBalance } from '../../embedded/figures/balance.ts';
import { readChecks, type TopicChecks } from '../../pipeline/figures/standing-checks.ts';
import type { Place } from '../../pipeline/place.ts';
import { overallStatus, type TopicBalance } from '../../quality/balance.ts';
import type { Checkpoint } from '../../state/checkpoint.ts';
import type { RunFailures } from '../../state/failure.ts';
import { type CommandSpec, type Context, type Outcome, TOPICS } from '../command/command.ts';
import { EXIT } from '../command/output.ts';
import { listArgument } from '../command/read-call.ts';
import { type Cell, table } from '../terminal/table.ts';
import { counted, instant, moment } from '../terminal/words.ts';
import { balanceExit, statusText } from '../views/balance-view.ts';
import { checkLines, checksExit, checksJson, checksText } from '../views/checks-view.ts';
import { haltJson, haltText } from '../views/halt-view.ts';
import { stateTopics } from '../work/topics.ts';
import { withWorkspace } from '../work/workspace.ts';

interface TopicStatus {
  readonly checkpoint: Checkpoint;
  readonly balance: TopicBalance;
  readonly checks: TopicChecks;
  readonly openDeadLetters: number;
  /** Of today and yesterday, UTC. */
  readonly failures: readonly RunFailures[];
  /** `ingest` and `semantic`, where a run is at it now. */
  readonly working: readonly string[];
}

export const command: CommandSpec = {
  name: 'status',
  summary: 'show how every topic stands',
  details:
    'Reads stored facts only, so it answers at once. Exit 1 where a topic is unbalanced, halted or cannot be told, or where a quality rule of severity error does not hold.',
  arguments: [TOPICS],
  options: [],
  examples: [{ line: 'lean-ops status', does: 'One line a topic.' }],
  answers: true,
  run: (call, context) =>
    withWorkspace(context, async (workspace) => {
      const topics = await stateTopics(workspace, listArgument(call, 'TOPIC'));
      const read = topics.map(async (topic) => readStatus(workspace, await measureBalance(workspace, topic)));
      return statusOutcome(await Promise.all(read), { workspace: workspace.paths.root }, context);
    }),
};

/** What both homes say of it; `place` names the home. */
export function statusOutcome(
  all: readonly TopicStatus[],
  place: { readonly [name: string]: string },
  context: Context,
): Outcome {
  const balances = all.map(({ balance }) => balance);
  return {
    exit: haltExit(all) || balanceExit(balances) || checksExit(all.map(({ checks }) => checks)),
    json: { ...place, balance: overallStatus(balances), topics: all.map(statusJson) },
    lines: statusLines(all, context),
  };
}

export async function readStatus(
  home: Pick<Place, 'store' | 'clock'>,
  balance: TopicBalance,
): Promise<TopicStatus> {
  const { store } = home;
  const { topic } = balance;
  const holders = await Promise.all(
    (['ingest', 'semantic'] as const).map((work) => store.leaseHolder({ topic, work })),
  );
  const now = home.clock();
  return {
    checkpoint: await store.checkpoint(topic),
    balance,
    checks: await readChecks(home, topic),
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
    // Each home measures its intake: on AWS the checkpoint holds none of it.
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

function statusLines(all: readonly TopicStatus[], { terminal: { paint } }: Context): readonly string[] {
  if (all.length === 0) return ['no topics yet: add a contract to topics/, or run `lean-ops topic add`'];
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
    ...haltLines(all),
    ...failureLines(all),
  ];
}

function haltExit(all: readonly TopicStatus[]): 0 | 1 {
  return all.some(({ checkpoint }) => checkpoint.halt !== null) ? EXIT.checkFailed : EXIT.ok;
}

function haltLines(all: readonly TopicStatus[]): readonly string[] {
  return all.flatMap(({ checkpoint: { topic, halt } }) =>
    halt === null
      ? []
      : [
          '',
          `${topic} is halted: ${haltText(halt)}; \`lean-ops topic resume ${topic}\` once you have looked`,
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

/** Receptions that RAW has had: rows that are gone count, copies of one reception do not. */
function rawReceptions(balance: TopicBalance): number | null {
  const [live, expired, erased] = ['raw', 'expired', 'erased'].map((name) => figure(balance, name));
  if (live == null || expired == null || erased == null) return null;
  return live + expired + erased + (figure(balance, 'extra_copies') ?? 0);
}

function figure(balance: TopicBalance, name: string): number | null {
  const value = balance.equations.flatMap(({ terms }) => terms).find((term) => term.name === name)?.value;
  return typeof value === 'number' ? value : null;
}
