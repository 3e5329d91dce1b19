import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { LeanOpsError } from '../../../src/errors/error.ts';
import { ALERT_ITEM, ALERT_ROW } from '../../../src/state/codec/alert.ts';
import { BATCH_CHECKS } from '../../../src/state/codec/check-results.ts';
import { CHECKPOINT_ITEM, CHECKPOINT_ROW } from '../../../src/state/codec/checkpoint.ts';
import type { Codec, StoredRecord } from '../../../src/state/codec/codec.ts';
import {
  DEAD_LETTER,
  DEAD_LETTER_BODY,
  DEAD_LETTER_COUNTS,
  LETTER_PLACE,
  STATUS_COUNT,
} from '../../../src/state/codec/dead-letter.ts';
import { ERASURE, FILE_CHECKSUM, OPEN_WORK, SOURCE_PROGRESS } from '../../../src/state/codec/embedded.ts';
import { RUN_FAILURES } from '../../../src/state/codec/failure.ts';
import { DAY_FIGURES, type DayFigures } from '../../../src/state/codec/figures.ts';
import { LOCK } from '../../../src/state/codec/lease.ts';
import { MAINTENANCE_ENTRY } from '../../../src/state/codec/maintenance.ts';
import { REGISTERED_CONTRACT, TOPIC_HEAD } from '../../../src/state/codec/registry.ts';
import { REVISION } from '../../../src/state/codec/revision.ts';
import { fromItem, itemOf } from '../../../src/state/dynamodb/item.ts';
import * as any from './arbitraries.ts';

const PLACE = { table: 'checkpoints', key: () => 'topic_name orders' };

/** A codec, its values, and what its stored form may lack. */
interface Subject<T> {
  readonly name: string;
  readonly codec: Codec<T>;
  readonly values: fc.Arbitrary<T>;
  /** Fields without which a record is still whole. */
  readonly optional: readonly string[];
  /** Paths of objects in JSON texts whose members have any name. */
  readonly open: readonly string[];
}

const { text, long, count, record } = any;

function subject<T>(
  name: string,
  codec: Codec<T>,
  values: fc.Arbitrary<T>,
  parts: Partial<Pick<Subject<T>, 'optional' | 'open'>> = {},
): Subject<unknown> {
  return { name, codec: codec as Codec<unknown>, values, optional: [], open: [], ...parts };
}

/** Fields of a checkpoint that have no value before the first batch, or without a halt. */
const CHECKPOINT = {
  optional: [
    'snapshot_id',
    'batch_id',
    'contract_version',
    'masking_key_fingerprint',
    'completed_at',
    'checked_at',
    'intent',
    'halt',
    'accepted',
  ],
};

/** Fields of a letter that is open, or has no position, or whose original body was replayed. */
const LETTER = {
  optional: [
    'message_id',
    'correlation_id',
    'error_offset',
    'contract_version',
    'closed_at',
    'close_reason',
    'repair_sha256',
  ],
};

/** A sum is absent before the first addition. */
const DAY_FIELDS = Object.keys(DAY_FIGURES.encode(fc.sample(any.dayFigures, 1)[0] as DayFigures));

const SUBJECTS: readonly Subject<unknown>[] = [
  subject('a checkpoint in SQLite', CHECKPOINT_ROW, any.checkpoint, CHECKPOINT),
  subject('a checkpoint in DynamoDB', CHECKPOINT_ITEM, any.checkpoint, CHECKPOINT),
  subject('check results', BATCH_CHECKS, any.batchChecks),
  subject('a dead letter', DEAD_LETTER, any.deadLetter, LETTER),
  subject('the body of a dead letter', DEAD_LETTER_BODY, any.deadLetterBody, { optional: ['body_pointer'] }),
  subject(
    'counts of dead letters',
    DEAD_LETTER_COUNTS,
    record({ open: count, replayed: count, discarded: count }),
    { optional: ['open', 'replayed', 'discarded'] },
  ),
  subject(
    'a count of one status',
    STATUS_COUNT,
    record({ status: fc.constantFrom('open', 'replayed', 'discarded'), letters: count }),
  ),
  subject('the place of a letter', LETTER_PLACE, record({ id: text, topic: text, shard: text, key: text })),
  subject('a registered contract', REGISTERED_CONTRACT, any.registered),
  subject(
    'a topic',
    TOPIC_HEAD,
    record({ latestVersion: count, status: fc.constantFrom('active', 'retired') }),
  ),
  subject('failures of runs', RUN_FAILURES, any.runFailures),
  subject('daily figures', DAY_FIGURES, any.dayFigures, { optional: DAY_FIELDS }),
  subject('a maintenance action', MAINTENANCE_ENTRY, any.maintenanceEntry, { open: ['before', 'after'] }),
  subject('an alert in SQLite', ALERT_ROW, any.alert, { optional: ['recovered_at'], open: ['told'] }),
  subject('an alert in DynamoDB', ALERT_ITEM, any.alert, { open: ['alert.told'] }),
  subject('a lock', LOCK, any.lock, { optional: ['owner'] }),
  subject('an erasure', ERASURE, any.erasure, { optional: ['ended_at'], open: ['snapshots'] }),
  subject('open work', OPEN_WORK, any.openWork),
  subject('the progress of a source', SOURCE_PROGRESS, any.source),
  subject('a revision', REVISION, long),
  subject('a checksum', FILE_CHECKSUM, record({ path: text, sha256: text, size: long })),
];

suite('codecs of the state', () => {
  for (const { name, codec, values, optional, open } of SUBJECTS) {
    test(`${name}: what was encoded decodes to the same value`, () => {
      fc.assert(
        fc.property(values, (value) => {
          assert.deepEqual(codec.decode(codec.encode(value), PLACE), value);
        }),
      );
    });

    test(`${name}: an item in DynamoDB's form decodes to the same value`, () => {
      fc.assert(
        fc.property(values, (value) => {
          assert.deepEqual(fromItem(codec, 'checkpoints', itemOf(codec.encode(value))), value);
        }),
      );
    });

    test(`${name}: a field of another type is refused by name`, () => {
      fc.assert(
        fc.property(values, (value) => {
          const record = codec.encode(value);
          for (const [field, stored] of Object.entries(record)) {
            if (stored === null) continue;
            refuses(codec, { ...record, [field]: typeof stored === 'string' ? 7n : 'seven' }, field);
            refuses(codec, { ...record, [field]: 7.5 }, field);
          }
        }),
        { numRuns: 10 },
      );
    });

    test(`${name}: an absent field is refused unless it is optional`, () => {
      fc.assert(
        fc.property(values, (value) => {
          const record = codec.encode(value);
          for (const field of Object.keys(record)) {
            const { [field]: gone, ...rest } = record;
            if (gone === null) assert.deepEqual(codec.decode(rest, PLACE), value);
            else if (!optional.includes(field)) refuses(codec, rest, field);
          }
        }),
        { numRuns: 10 },
      );
    });

    test(`${name}: a JSON text that is damaged anywhere is refused by name`, () => {
      fc.assert(
        fc.property(values, (value) => {
          const record = codec.encode(value);
          for (const [field, json] of jsonFields(record)) {
            refuses(codec, { ...record, [field]: '{' }, field);
            for (const { path, damaged } of damages(json, [field], open))
              refuses(codec, { ...record, [field]: JSON.stringify(damaged) }, path);
          }
        }),
        { numRuns: 10 },
      );
    });
  }

  test('a number out of range is refused', () => {
    const [record] = fc.sample(any.checkpoint.map(CHECKPOINT_ROW.encode), 1);
    for (const field of ['received', 'generation', 'raw'])
      for (const value of [-1n, 2n ** 53n, 2n ** 64n])
        refuses(CHECKPOINT_ROW, { ...record, [field]: value }, field);
    for (const field of ['sequence_number', 'snapshot_id', 'fencing_token'])
      for (const value of [2n ** 63n, -(2n ** 63n) - 1n])
        refuses(CHECKPOINT_ROW, { ...record, [field]: value }, field);
    refuses(CHECKPOINT_ROW, { ...record, rejected: 2n ** 53n }, 'rejected');
    const halt = { work: 'ingest', bad: 1, of: 2, share: 1.5, at: '1' };
    refuses(CHECKPOINT_ROW, { ...record, halt: JSON.stringify(halt) }, 'halt.share');
    const late = { ...halt, share: 1, at: '99999999999999999999' };
    refuses(CHECKPOINT_ROW, { ...record, halt: JSON.stringify(late) }, 'halt.at');
  });

  test('a closed letter without the name of who closed it is refused', () => {
    const [letter] = fc.sample(any.deadLetter, 1);
    const record = { ...DEAD_LETTER.encode(letter as never), closed_at: 1n, closed_by: null };
    refuses(DEAD_LETTER, record, 'closed_by');
    const repaired = { ...record, closed_by: 'one', repair_sha256: 'ff', repair_size: null };
    refuses(DEAD_LETTER, repaired, 'repair_size');
    refuses(DEAD_LETTER_BODY, { body_size: 1n, body_pointer: null, body: null }, 'body');
  });

  test('an added field is ignored', () => {
    const lock = { owner: null, expires_at: 1n, fencing_token: 2n, added_later: 'x' };
    assert.deepEqual(LOCK.decode(lock, PLACE), { owner: null, expiresAt: 1n, token: 2n });
  });

  test('a value that does not fit its own shape is not written', () => {
    const damaged = { owner: 'one', expiresAt: 1n, token: 2n ** 70n };
    assert.throws(
      () => LOCK.encode(damaged),
      (error: unknown) => error instanceof LeanOpsError && error.code === 'INTERNAL',
    );
  });

  test('the error names table, key and field and quotes no value', () => {
    const record = { owner: 'secret words', expires_at: 'secret words', fencing_token: 2n };
    assert.throws(
      () => LOCK.decode(record, PLACE),
      (error: unknown) => {
        assert.ok(error instanceof LeanOpsError);
        assert.equal(error.code, 'STATE_DAMAGED');
        assert.match(error.message, /table checkpoints, entry \(topic_name orders\): field expires_at/);
        assert.doesNotMatch(error.message, /secret/);
        return true;
      },
    );
  });
});

function refuses(codec: Codec<unknown>, record: Readonly<Record<string, unknown>>, path: string): void {
  assert.throws(
    () => codec.decode(record, PLACE),
    (error: unknown) => {
      assert.ok(error instanceof LeanOpsError, String(error));
      assert.equal(error.code, 'STATE_DAMAGED', error.message);
      assert.ok(error.message.includes(`field ${path}`), `${error.message} names ${path}`);
      return true;
    },
    path,
  );
}

function jsonFields(record: StoredRecord): readonly (readonly [string, unknown])[] {
  return Object.entries(record).flatMap(([field, stored]) =>
    JSON_FIELDS.has(field) && typeof stored === 'string' ? [[field, JSON.parse(stored)] as const] : [],
  );
}

const JSON_FIELDS: ReadonlySet<string> = new Set([
  'intent',
  'gone',
  'halt',
  'results',
  'before',
  'after',
  'told',
  'alert',
  'counts',
  'unreadable_letters',
  'snapshots',
  'directories',
]);

interface Damage {
  /** Names the place of the damage, joined by dots. */
  readonly path: string;
  readonly damaged: unknown;
}

/** The value with one part replaced or removed, for each of its parts. */
function damages(value: unknown, path: readonly string[], open: readonly string[]): readonly Damage[] {
  const here = path.join('.');
  const replaced = [{ path: here, damaged: [[]] }];
  if (value === null || typeof value !== 'object') return replaced;
  const parts = Object.entries(value).flatMap(([name, part]) => {
    const withPart = (damaged: unknown) =>
      Array.isArray(value) ? value.with(Number(name), damaged) : { ...value, [name]: damaged };
    return damages(part, [...path, name], open).map((inner) => ({
      ...inner,
      damaged: withPart(inner.damaged),
    }));
  });
  const removed = Array.isArray(value) || open.includes(here) ? [] : Object.keys(value);
  return [
    ...replaced,
    ...parts,
    ...removed.map((name) => ({
      path: `${here}.${name}`,
      damaged: Object.fromEntries(Object.entries(value).filter(([other]) => other !== name)),
    })),
  ];
}
