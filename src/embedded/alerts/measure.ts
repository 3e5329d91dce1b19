import { dayOf, type Micros } from '../../base/time.ts';
import { type DriftFinding, readDrift } from '../../duckdb/drift/drift.ts';
import { remedyOf } from '../../errors/remedy.ts';
import { ERRORS } from '../../errors/taxonomy.ts';
import { localFiles } from '../../iceberg/local-files.ts';
import { snapshotVerdict } from '../../pipeline/alerts/snapshot-verdict.ts';
import { unknownBecause } from '../../pipeline/unknown.ts';
import type { Verdict } from '../../quality/alerts/alert.ts';
import {
  balanceVerdict,
  deadLetterVerdict,
  driftVerdict,
  freshnessVerdict,
  qualityVerdict,
} from '../../quality/alerts/verdicts.ts';
import { haltedError } from '../../state/halt.ts';
import { measureBalance } from '../figures/balance.ts';
import { measureFreshness } from '../figures/freshness.ts';
import type { AlertSettings } from '../workspace/config.ts';
import type { Workspace } from '../workspace/workspace.ts';

const DAY: Micros = 86_400_000_000n;

/** All verdicts about one topic except drift, from stored facts and without an engine. */
export async function measureTopic(
  workspace: Workspace,
  topic: string,
  settings: AlertSettings,
): Promise<readonly Verdict[]> {
  const balance = balanceVerdict(await measureBalance(workspace, topic), 'embedded');
  return [
    ...(balance === null ? [] : [balance]),
    await circuit(workspace, topic),
    freshnessVerdict(topic, await measureFreshness(workspace, topic), 'embedded'),
    await deadLetters(workspace, topic, settings),
    await quality(workspace, topic),
    ...(await ifKnown(() => maintenance(workspace, topic, settings))),
  ];
}

async function circuit({ store }: Workspace, topic: string): Promise<Verdict> {
  const { halt } = await store.checkpoint(topic);
  if (halt === null) return { topic, kind: 'circuit', finding: null };
  const error = haltedError(topic, halt);
  const { code, details } = error;
  const finding = {
    code,
    severity: ERRORS[code].severity,
    message: `halted because ${details.detail}`,
    remedy: remedyOf(error, 'embedded'),
  };
  return { topic, kind: 'circuit', finding };
}

async function deadLetters(workspace: Workspace, topic: string, settings: AlertSettings): Promise<Verdict> {
  const { store } = workspace;
  const now = workspace.clock();
  const { open } = await store.deadLetterCounts(topic);
  const recent = (await store.counters(topic, dayOf(now - DAY), dayOf(now))).reduce(
    (sum, { intake }) => ({
      received: sum.received + intake.received,
      deadLettered: sum.deadLettered + intake.deadLettered,
    }),
    { received: 0, deadLettered: 0 },
  );
  return deadLetterVerdict(topic, open, recent, settings.deadLetterShare);
}

/** Results of earlier batches are ignored: they describe rows that the table no longer has. */
async function quality({ store }: Workspace, topic: string): Promise<Verdict> {
  const [latest] = await store.checkResults(topic, 1);
  const { batchId } = await store.checkpoint(topic);
  return qualityVerdict(topic, latest?.batchId === batchId ? latest.results : []);
}

/** A figure that cannot be read has no verdict, so its alert does not change. The balance reports it. */
async function ifKnown(measure: () => Promise<readonly Verdict[]>): Promise<readonly Verdict[]> {
  try {
    return await measure();
  } catch (error) {
    unknownBecause(error);
    return [];
  }
}

async function maintenance(
  { store }: Workspace,
  topic: string,
  settings: AlertSettings,
): Promise<readonly Verdict[]> {
  return [await snapshotVerdict(localFiles, await store.ledgerView(topic), settings.snapshots, 'embedded')];
}

/** Drift of critical data elements in batches of the last day. Starts an engine if the topic has drift. */
export async function measureDrift(
  workspace: Workspace,
  topics: readonly string[],
  signal: AbortSignal,
): Promise<readonly Verdict[]> {
  return ifKnown(async () => {
    const since = workspace.clock() - DAY;
    const recent = (await readDrift(workspace, topics, signal)).filter(({ lastSeen }) => lastSeen > since);
    const verdicts = await Promise.all(
      topics.map((topic) =>
        ifKnown(async () => [driftVerdict(topic, await criticalPaths(workspace, topic, recent))]),
      ),
    );
    return verdicts.flat();
  });
}

/** Findings whose path is a critical data element or contains one. */
async function criticalPaths(
  workspace: Workspace,
  topic: string,
  findings: readonly DriftFinding[],
): Promise<readonly string[]> {
  const { columns } = (await workspace.contract(topic)).topic;
  const critical = columns.filter(({ cde }) => cde).map(({ displayPath }) => displayPath);
  const paths = findings
    .filter((finding) => finding.topic === topic && finding.kind !== 'UNKNOWN_PATH' && !finding.muted)
    .map(({ path }) => path)
    .filter((path) => critical.some((place) => place === path || place.startsWith(`${path}.`)));
  return [...new Set(paths)].sort();
}
