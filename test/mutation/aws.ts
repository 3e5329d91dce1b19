import {
  branch,
  instead,
  property,
  withoutCall,
  withoutElement,
  withoutOperand,
  withoutStatement,
} from './changes.ts';
import type { MutationGroup } from './mutation.ts';

/** Retention on AWS: which rows may be removed, and that each counts once. */
export const AWS_MUTATIONS: readonly MutationGroup[] = [
  {
    tests: ['test/aws/retain-raw.test.ts'],
    mutations: [
      {
        in: 'expiredFiles',
        change: withoutOperand('keepSince % MICROS_PER_DAY'),
        why: 'part of a day is removed',
      },
      { in: 'expiredFiles', change: withoutOperand('intent'), why: 'rows are removed while a batch runs' },
      {
        in: 'expiredFiles',
        change: withoutOperand('untouched'),
        why: 'rows are removed before a batch has read them',
      },
      {
        in: 'expiredFiles',
        change: withoutElement('packed'),
        why: 'packed rows are removed before a batch has read them',
      },
      {
        in: 'isBefore',
        change: instead('newest !== null && newest < moment', 'newest === null || newest < moment'),
        why: 'a file of unknown age is removed',
      },
      {
        in: 'control/retain-raw#retainRaw',
        change: branch('then', 'latest'),
        why: 'rows are removed while a copy of them may still arrive',
      },
      {
        in: 'removeFiles',
        change: withoutStatement('renew'),
        why: 'a holder without the lease removes rows',
      },
      {
        in: 'removeFiles',
        change: instead('undeleted(deployment.files)', 'deployment.files'),
        why: 'the removal deletes files at once',
      },
      {
        in: 'retain-raw#settle',
        change: property('expired', 'expiredRows([newest])'),
        why: 'only the last of several removals counts',
      },
      {
        in: 'expiriesBetween',
        change: withoutElement('known'),
        why: 'rows are counted that were counted before',
      },
      {
        in: 'expiriesBetween',
        change: withoutCall('filter'),
        why: 'rows that others removed count as expired',
      },
      {
        in: 'complete',
        change: withoutElement('expired'),
        why: 'rows that a batch passes over are not counted',
      },
      {
        in: 'control/confirm-batch#complete',
        change: withoutStatement('recordExpiries'),
        why: 'a removal that a batch passed over is not recorded',
      },
      {
        in: 'complete',
        change: instead(
          'expiriesBetween(raw.metadata, snapshotId, intent.endSnapshotId)',
          `expiriesBetween(raw.metadata, snapshotId, raw.metadata['current-snapshot-id'] ?? 0n)`,
        ),
        why: 'a batch counts removals after its end, and the next batch counts them again',
      },
      {
        in: 'withCompletion',
        change: instead(
          'addBatch(addGone(checkpoint.totals, { expired: completion.expired ?? 0 }), intent.kind, counts)',
          'addGone(addBatch(checkpoint.totals, intent.kind, counts), { expired: completion.expired ?? 0 })',
        ),
        why: 'a rebuild seems to have missed rows that were removed before it',
      },
      {
        in: 'withReceptions',
        change: withoutOperand('countsAll'),
        why: 'after a rebuild, copies that retention removed count as receptions',
      },
      {
        in: 'planned',
        change: instead('withExpired(checkpoint, raw.metadata)', 'checkpoint'),
        why: 'a rebuild loses rows that are removed but not counted yet',
      },
    ],
  },
];
