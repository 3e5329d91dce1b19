import type { MutationGroup } from './mutation.ts';

const tests = ['test/aws/retain-raw.test.ts'];

/** Retention on AWS: which rows may go, and that each counts once. */
export const AWS_MUTATIONS: readonly MutationGroup[] = [
  {
    file: 'src/pipeline/maintenance/expired-files.ts',
    tests,
    mutations: [
      {
        find: 'keepSince - (keepSince % MICROS_PER_DAY)',
        replace: 'keepSince',
        why: 'a part of a day goes',
      },
      { find: ' || checkpoint.intent !== null', replace: '', why: 'rows go while a batch is under way' },
      { find: ' && !untouched.has(file.path)', replace: '', why: 'rows go that no batch has read' },
      { find: 'MICROS_PER_DAY), ...packed]', replace: 'MICROS_PER_DAY)]', why: 'packed unread rows go' },
      {
        find: 'newest !== null && newest < moment',
        replace: 'newest === null || newest < moment',
        why: 'a file of unknown age goes',
      },
    ],
  },
  {
    file: 'src/aws/control/retain-raw.ts',
    tests,
    mutations: [
      { find: 'asked < latest ? asked : latest', replace: 'asked', why: 'rows go that a copy may come of' },
      {
        find: 'await renew(home, holder, leaseSeconds);',
        replace: 'void leaseSeconds;',
        why: 'a stale holder removes rows',
      },
      {
        find: 'prepareFileSwap(undeleted(home.files),',
        replace: 'prepareFileSwap(home.files,',
        why: 'it deletes',
      },
      {
        find: '{ ...moved, gone: { expired: expiredRows(expiries) } }',
        replace: '{ ...moved, gone: { expired: expiredRows([newest]) } }',
        why: 'only the last of several removals counts',
      },
    ],
  },
  {
    file: 'src/aws/figures/expired-rows.ts',
    tests,
    mutations: [
      {
        find: '.slice(0, known < 0 ? undefined : known)',
        replace: '.slice(0)',
        why: 'rows are counted that were counted before',
      },
      {
        find: '.filter(({ summary }) => summary[MAINTENANCE] === EXPIRE_ROWS)',
        replace: '.slice(0)',
        why: 'what others removed counts as expired',
      },
    ],
  },
  {
    file: 'src/aws/control/complete.ts',
    tests,
    mutations: [
      { find: 'expired: expiredRows(expiries),', replace: '', why: 'a batch passes over rows uncounted' },
      {
        find: 'await recordExpiries(home, holder, expiries);',
        replace: '',
        why: 'a removal that a batch passed over is not recorded',
      },
      {
        find: 'expiriesBetween(raw.metadata, snapshotId, intent.endSnapshotId)',
        replace: "expiriesBetween(raw.metadata, snapshotId, raw.metadata['current-snapshot-id'] ?? 0n)",
        why: 'a batch counts what lies behind its end, and the next one again',
      },
    ],
  },
  {
    file: 'src/state/checkpoint.ts',
    tests,
    mutations: [
      {
        find: 'addBatch(addGone(checkpoint.totals, { expired: completion.expired ?? 0 }), intent.kind, counts),',
        replace:
          'addGone(addBatch(checkpoint.totals, intent.kind, counts), { expired: completion.expired ?? 0 }),',
        why: 'a rebuild seems to have missed rows that were gone before it',
      },
      {
        find: "startsFrom === 'empty' && countsAll ?",
        replace: "startsFrom === 'empty' ?",
        why: 'copies that retention took count as receptions after a rebuild',
      },
    ],
  },
  {
    file: 'src/aws/control/next-batch.ts',
    tests,
    mutations: [
      {
        find: 'withExpired(checkpoint, raw.metadata)',
        replace: 'checkpoint',
        why: 'a rebuild loses rows that are gone and not counted yet',
      },
    ],
  },
];
