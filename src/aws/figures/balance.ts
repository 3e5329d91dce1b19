import { MICROS_PER_MS, MICROS_PER_SECOND, type Micros } from '../../base/time.ts';
import { addedRows } from '../../iceberg/snapshot-counters.ts';
import { readMetadata } from '../../iceberg/table.ts';
import { measureFigures } from '../../pipeline/figures/balance.ts';
import { unknownBecause } from '../../pipeline/unknown.ts';
import {
  type BalanceFigures,
  balanceOf,
  type Figure,
  type Settling,
  type TopicBalance,
} from '../../quality/balance.ts';
import { fatesSum } from '../../semantic/fates.ts';
import type { LedgerView } from '../../state/ledger-view.ts';
import type { AwsDeployment } from '../deployment/aws-deployment.ts';
import { deadLetterFolder } from '../intake/dead-letter-objects.ts';
import type { UndeliveredRecords } from '../intake/undelivered.ts';
import { withExpired } from './expired-rows.ts';
import { ledgerView } from './ledger-view.ts';
import type { QueueFigures } from './queue-figures.ts';

/** What the balance on AWS is measured with. */
export interface BalanceSources {
  readonly deployment: AwsDeployment;
  readonly queues: QueueFigures;
  readonly undelivered: UndeliveredRecords;
  /** How long a reception may take to RAW: Firehose's buffer and retries, and the delay of CloudWatch. */
  readonly settleSeconds: number;
}

/** Young dead letters that are read at most. With so many, the surplus that may settle is large enough. */
const LETTER_PAGE = 1000;

/**
 * The topic's equations, with AWS's own intake: messages sent (CloudWatch) = distinct receptions in RAW + dead letters +
 * Firehose's error records + the queue. Queue and stream deliver late, and sometimes twice. So receptions that are younger
 * than `settleSeconds` may be missing for now; older ones may not. A source that cannot be read makes its figure unknown.
 */
export async function measureAwsBalance(sources: BalanceSources, topic: string): Promise<TopicBalance> {
  const { deployment } = sources;
  const now = deployment.clock();
  const { view, raw } = await withExpiredRows(deployment, await ledgerView(deployment, topic));
  const figures = { ...(await measureFigures(deployment.files, view)), ...raw };
  const intake = await intakeFigures(sources, view, now);
  return balanceOf({ ...figures, ...intake, settling: await settlingOf(sources, view, figures, now) });
}

/** A ledger with the rows that retention removed. If they cannot be counted, RAW's figures say nothing either. */
interface ExpiryView {
  readonly view: LedgerView;
  readonly raw: Partial<Pick<BalanceFigures, 'rawRows' | 'backlog'>>;
}

async function withExpiredRows({ files }: AwsDeployment, view: LedgerView): Promise<ExpiryView> {
  if (view.raw === null) return { view, raw: {} };
  try {
    const checkpoint = withExpired(view.checkpoint, await readMetadata(files, view.raw));
    return { view: { ...view, checkpoint }, raw: {} };
  } catch (error) {
    const unknown = unknownBecause(error);
    return { view, raw: { rawRows: unknown, backlog: unknown } };
  }
}

async function intakeFigures(
  { deployment, queues, undelivered }: BalanceSources,
  { checkpoint }: LedgerView,
  now: Micros,
): Promise<Pick<BalanceFigures, 'received' | 'pending' | 'delivery' | 'deadLettersStored'>> {
  const { topic, totals } = checkpoint;
  const sent = async () => queues.sent(topic, await queues.createdAt(topic), now, 86_400);
  const letters = deadLetterFolder(deployment.config.deadLettersBucket, topic);
  return {
    received: await figure(sent),
    pending: await figure(() => queues.waiting(topic)),
    delivery: {
      extraCopies: fatesSum(totals.outcomes) + totals.gone.unreached - totals.raw,
      undelivered: await figure(() => undelivered.count(topic)),
    },
    deadLettersStored: await figure(async () => (await deployment.files.list(letters)).length),
  };
}

async function settlingOf(
  { deployment, queues, settleSeconds }: BalanceSources,
  { checkpoint, raw }: LedgerView,
  { backlog }: BalanceFigures,
  now: Micros,
): Promise<Settling> {
  const { topic } = checkpoint;
  const from = now - BigInt(settleSeconds) * MICROS_PER_SECOND;
  const sent = await figure(() => queues.sent(topic, from, now, 60));
  const letters = await deployment.store.deadLetters({ topic, from }, LETTER_PAGE, null);
  const young = await figure(() => youngRows(deployment, raw, from));
  return {
    missing: known(sent),
    // Rows that no batch has read may be duplicates: only a batch can recognize them.
    surplus: letters.items.length + Math.max(known(young), known(backlog)),
  };
}

/** Rows that RAW's snapshots appended since `from`. */
async function youngRows(deployment: AwsDeployment, location: string | null, from: Micros): Promise<number> {
  if (location === null) return 0;
  const { snapshots } = await readMetadata(deployment.files, location);
  const young = snapshots
    .filter(({ summary }) => summary.operation === 'append')
    .filter((snapshot) => snapshot['timestamp-ms'] * MICROS_PER_MS >= from);
  return Number(young.reduce((rows, snapshot) => rows + addedRows(snapshot), 0n));
}

async function figure(read: () => Promise<number>): Promise<Figure> {
  try {
    return await read();
  } catch (error) {
    return unknownBecause(error);
  }
}

/** An unknown figure explains no difference. */
function known(value: Figure): number {
  return typeof value === 'number' ? value : 0;
}
