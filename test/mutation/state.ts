import type { MutationGroup } from './mutation.ts';

/** The checkpoint: what makes a batch count once, in order, under a lease that holds. */
export const STATE_MUTATIONS: readonly MutationGroup[] = [
  {
    file: 'src/state/checkpoint.ts',
    tests: ['test/state/sqlite/store.test.ts'],
    mutations: [
      {
        find: 'return sequenceNumber > checkpoint.sequenceNumber',
        replace: 'return sequenceNumber >= checkpoint.sequenceNumber',
        why: 'a batch may end where the last one did',
      },
      {
        find: 'intent.generation === checkpoint.generation && intent.startSnapshotId === checkpoint.snapshotId',
        replace: 'intent.generation === checkpoint.generation',
        why: 'a batch may start anywhere',
      },
      {
        find: 'return intent.generation === checkpoint.generation + 1',
        replace: 'return intent.generation > 0',
        why: 'a rebuild opens any generation',
      },
      {
        find: 'if (stored !== null && !formOf(intent).supersedes)',
        replace: 'if (stored !== null && formOf(intent).supersedes)',
        why: 'a batch under way is thrown away for another one',
      },
      {
        find: 'intent.afterBatchId !== checkpoint.batchId ||',
        replace: '',
        why: 'an intent may follow a batch that was not the last',
      },
      {
        find: 'counts.rawRows === fatesSum(counts)',
        replace: 'counts.rawRows >= fatesSum(counts)',
        why: 'a row may be without a fate',
      },
      {
        find: 'if (intent === null || intent.batchId !== completion.batchId)',
        replace: 'if (intent === null)',
        why: 'a batch that is not under way may be completed',
      },
    ],
  },
  {
    file: 'src/state/sqlite/leases.ts',
    tests: ['test/state/sqlite/store.test.ts'],
    mutations: [
      {
        find: 'lock.expiresAt > request.now &&',
        replace: 'lock.expiresAt >= request.now &&',
        why: 'a lease lasts a moment longer than it says',
      },
      {
        find: '&& !isDead(lock.owner)',
        replace: '',
        why: 'the lease of a dead owner must run out first',
      },
      {
        find: '(lock?.token ?? 0n) + 1n',
        replace: '(lock?.owner ? lock.token : 0n) + 1n',
        why: 'a token is given out twice',
      },
      {
        find: '|| lock.token !== lease.token',
        replace: '',
        why: 'an earlier lease of the same owner still commits',
      },
      {
        find: '|| lock.owner !== lease.owner',
        replace: '',
        why: 'a released lease still commits',
      },
      {
        find: 'max(expires_at, ?)',
        replace: 'min(expires_at, ?)',
        why: 'a heartbeat never makes a lease longer',
      },
    ],
  },
];
