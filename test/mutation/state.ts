import { instead, operator, text, withoutOperand } from './changes.ts';
import type { MutationGroup } from './mutation.ts';

/** The checkpoint and leases: a batch counts once, in order, under a valid lease. */
export const STATE_MUTATIONS: readonly MutationGroup[] = [
  {
    tests: ['test/state/sqlite/store.test.ts'],
    mutations: [
      {
        in: 'movesForward',
        change: operator('>', '>=', 'checkpoint'),
        why: 'a batch may end where the last one did',
      },
      { in: 'continues', change: withoutOperand('startSnapshotId'), why: 'a batch may start anywhere' },
      {
        in: 'continues',
        change: instead('intent.generation === checkpoint.generation + 1', 'intent.generation > 0'),
        why: 'a rebuild opens any generation',
      },
      {
        in: 'withIntent',
        change: instead('!formOf(intent).supersedes', 'formOf(intent).supersedes'),
        why: 'another intent replaces a batch that runs',
      },
      {
        in: 'withIntent',
        change: withoutOperand('batchId'),
        why: 'an intent may follow a batch that was not the last',
      },
      { in: 'withCompletion', change: operator('===', '>=', 'counts'), why: 'a row may be without a fate' },
      {
        in: 'withCompletion',
        change: withoutOperand('intent.batchId'),
        why: 'a batch that does not run may be completed',
      },
      {
        in: 'sqlite/leases#acquireLease',
        change: operator('>', '>='),
        why: 'a lease lasts a moment longer than it says',
      },
      {
        in: 'sqlite/leases#acquireLease',
        change: withoutOperand('isDead'),
        why: 'the lease of a dead owner must run out first',
      },
      {
        in: 'sqlite/leases#acquireLease',
        change: instead('lock?.token ?? 0n', 'lock?.owner ? lock.token : 0n'),
        why: 'a token is given out twice',
      },
      {
        in: 'sqlite/leases#requireLease',
        change: withoutOperand('lock.token'),
        why: 'an earlier lease of the same owner still commits',
      },
      {
        in: 'sqlite/leases#requireLease',
        change: withoutOperand('lock.owner'),
        why: 'a released lease still commits',
      },
      {
        in: 'sqlite/leases#renewLease',
        change: text('max(', 'min('),
        why: 'a heartbeat never extends a lease',
      },
    ],
  },
];
