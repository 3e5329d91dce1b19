import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { type Document, isMap, isNode, LineCounter, parseDocument, visit } from 'yaml';
import { z } from 'zod';
import type { Problem } from '../../contract/model.ts';
import { LeanOpsError } from '../../errors/error.ts';
import {
  type BudgetSettings,
  DEFAULTS,
  type EngineSettings,
  type MaintenanceSettings,
} from '../../pipeline/settings.ts';

/** Whom to tell of troubles, and from when on something is one. */
export interface AlertSettings {
  readonly stderr: boolean;
  /** Relative to the workspace. */
  readonly file: string | null;
  readonly webhook: string | null;
  /** How often an error or worse that stays open is told again. */
  readonly repeatHours: number;
  /** 0..1, of the messages since yesterday. */
  readonly deadLetterShare: number;
  /** Of one table. */
  readonly snapshots: number;
}

/** lean-ops.yaml with every default filled in. */
export interface WorkspaceConfig {
  readonly engine: EngineSettings;
  readonly ingest: {
    /** Source bytes in one unit of work: what one commit takes. */
    readonly unitBytes: number;
    /** A publish time further than this after the reception is refused. */
    readonly maxFutureHours: number;
  };
  readonly budgets: BudgetSettings;
  readonly lease: {
    /** How long a lease lasts without a heartbeat. */
    readonly seconds: number;
  };
  readonly alerts: AlertSettings;
  readonly maintenance: MaintenanceSettings;
  /** Topic → files that `run` takes when no input is named; relative to the workspace. */
  readonly inputs: Readonly<Record<string, readonly string[]>>;
}

export type LoadedConfig =
  | { readonly ok: true; readonly config: WorkspaceConfig }
  | { readonly ok: false; readonly problems: readonly Problem[] };

const UNITS: Readonly<Record<string, number>> = { KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 };
const SIZE = /^([1-9]\d{0,8})(KiB|MiB|GiB)$/;
const sizeText = z.string().regex(SIZE, 'expected a size such as 128MiB or 2GiB');
/** A unit below this commits too often, one above holds too much in memory and redoes too much after a crash. */
const unitText = sizeText.refine((text) => bytesOf(text) >= 2 ** 20 && bytesOf(text) <= 4 * 2 ** 30, {
  message: 'expected a size from 1MiB to 4GiB',
});

/** How the settings file says that there is no such thing. */
const NONE = 'none';
const share = z.number().min(0).max(1);
const minimum = z.int().min(1);

/** Files of tables: smaller ones are what compaction is for, larger ones no engine likes to take in one piece. */
const fileText = sizeText.refine((text) => bytesOf(text) >= 2 ** 20 && bytesOf(text) <= 2 * 2 ** 30, {
  message: 'expected a size from 1MiB to 2GiB',
});
const days = z.number().min(0).max(36_500);

const SHAPE = z.strictObject({
  version: z.literal(1),
  engine: z
    .strictObject({
      memory_limit: sizeText.default(DEFAULTS.memoryLimit),
      threads: z.union([z.literal('auto'), z.int().min(1).max(1024)]).default(DEFAULTS.threads),
    })
    .prefault({}),
  ingest: z
    .strictObject({
      unit_size: unitText.default(DEFAULTS.unitSize),
      max_future_hours: z.number().min(0).max(87_600).default(DEFAULTS.maxFutureHours),
    })
    .prefault({}),
  budgets: z
    .strictObject({
      dead_letter_share: share.default(DEFAULTS.deadLetterShare),
      rejected_share: share.default(DEFAULTS.rejectedShare),
      minimum: minimum.default(DEFAULTS.budgetMinimum),
      topics: z
        .record(
          z.string(),
          z.strictObject({
            dead_letter_share: share.optional(),
            rejected_share: share.optional(),
            minimum: minimum.optional(),
          }),
        )
        .default({}),
    })
    .prefault({}),
  // Shorter than the longest pause of a busy machine would lose leases for nothing.
  lease: z.strictObject({ seconds: z.int().min(5).max(86_400).default(DEFAULTS.leaseSeconds) }).prefault({}),
  alerts: z
    .strictObject({
      stderr: z.boolean().default(DEFAULTS.alertStderr),
      file: z.string().min(1).default(DEFAULTS.alertFile),
      webhook: z.union([z.literal(NONE), z.url({ protocol: /^https?$/ })]).default(DEFAULTS.alertWebhook),
      repeat_hours: z.number().min(0.1).max(8_760).default(DEFAULTS.alertRepeatHours),
      dead_letter_share: z.number().min(0).max(1).default(DEFAULTS.alertDeadLetterShare),
      snapshots: z.int().min(1).default(DEFAULTS.alertSnapshots),
    })
    .prefault({}),
  maintenance: z
    .strictObject({
      target_file_size: fileText.default(DEFAULTS.targetFileSize),
      min_files: z.int().min(2).max(10_000).default(DEFAULTS.minFiles),
      snapshot_days: days.default(DEFAULTS.snapshotDays),
      max_snapshots: z.int().min(1).max(100_000).default(DEFAULTS.maxSnapshots),
      metadata_days: days.default(DEFAULTS.metadataDays),
      // An hour is what a large batch may well take; a file of a commit under way must never count as one.
      orphan_days: z
        .number()
        .min(1 / 24)
        .max(36_500)
        .default(DEFAULTS.orphanDays),
      counter_days: days.default(DEFAULTS.counterDays),
      closed_dead_letter_days: days.default(DEFAULTS.closedDeadLetterDays),
    })
    .prefault({}),
  inputs: z.record(z.string(), z.union([z.string().min(1), z.array(z.string().min(1))])).default({}),
});

/** Throws CONFIG_INVALID with every problem of the file. */
export async function loadConfig(file: string): Promise<WorkspaceConfig> {
  const loaded = parseConfig(file, await readFile(file, 'utf8'));
  if (loaded.ok) return loaded.config;
  const [first] = loaded.problems;
  throw new LeanOpsError('CONFIG_INVALID', {
    operation: 'reading the configuration',
    detail: loaded.problems.map((each) => `line ${each.line}: ${each.path}: ${each.problem}`).join('; '),
    file,
    ...(first === undefined ? {} : { line: first.line, remedy: first.remedy }),
  });
}

/** Reports every problem at once, each with its line. */
export function parseConfig(file: string, text: string): LoadedConfig {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  const broken = [...document.errors, ...document.warnings].map((each) => {
    return problem(file, each.linePos?.[0].line ?? 1, '', each.message);
  });
  // A settings file needs no references, and without them none can multiply.
  visit(document, {
    Alias: (_, { range, source }) => {
      broken.push(
        problem(file, lines.linePos(range?.[0] ?? 0).line, '', `*${source}: references are not allowed`),
      );
    },
  });
  if (broken.length > 0) return { ok: false, problems: broken };
  const parsed = SHAPE.safeParse(document.toJS());
  if (parsed.success) return { ok: true, config: fromShape(parsed.data) };
  const problems = parsed.error.issues.flatMap((issue) => {
    const paths =
      issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...issue.path, key]) : [issue.path];
    const what = issue.code === 'unrecognized_keys' ? 'unknown key' : issue.message;
    return paths.map((path) =>
      problem(file, lineOf(document, lines, path), path.map(String).join('.'), what),
    );
  });
  return { ok: false, problems };
}

function fromShape(shape: z.infer<typeof SHAPE>): WorkspaceConfig {
  const { threads } = shape.engine;
  const inputs = Object.entries(shape.inputs).map(([topic, files]) => [topic, [files].flat()] as const);
  return {
    engine: {
      memoryLimit: shape.engine.memory_limit,
      threads: threads === 'auto' ? availableParallelism() : threads,
    },
    ingest: { unitBytes: bytesOf(shape.ingest.unit_size), maxFutureHours: shape.ingest.max_future_hours },
    budgets: budgetsOf(shape.budgets),
    lease: { seconds: shape.lease.seconds },
    alerts: alertSettings(shape.alerts),
    maintenance: maintenanceFrom(shape.maintenance),
    inputs: Object.fromEntries(inputs),
  };
}

function alertSettings(shape: z.infer<typeof SHAPE>['alerts']): AlertSettings {
  const { stderr, file, webhook, snapshots } = shape;
  return {
    stderr,
    file: file === NONE ? null : file,
    webhook: webhook === NONE ? null : webhook,
    repeatHours: shape.repeat_hours,
    deadLetterShare: shape.dead_letter_share,
    snapshots,
  };
}

function maintenanceFrom(shape: z.infer<typeof SHAPE>['maintenance']): MaintenanceSettings {
  return {
    targetFileBytes: bytesOf(shape.target_file_size),
    minFiles: shape.min_files,
    snapshotDays: shape.snapshot_days,
    maxSnapshots: shape.max_snapshots,
    metadataDays: shape.metadata_days,
    orphanDays: shape.orphan_days,
    counterDays: shape.counter_days,
    closedDeadLetterDays: shape.closed_dead_letter_days,
  };
}

function budgetsOf(shape: z.infer<typeof SHAPE>['budgets']): BudgetSettings {
  const topics = Object.entries(shape.topics).map(([topic, own]) => {
    const budgets = {
      ...(own.dead_letter_share === undefined ? {} : { deadLetterShare: own.dead_letter_share }),
      ...(own.rejected_share === undefined ? {} : { rejectedShare: own.rejected_share }),
      ...(own.minimum === undefined ? {} : { minimum: own.minimum }),
    };
    return [topic, budgets] as const;
  });
  const { dead_letter_share: deadLetterShare, rejected_share: rejectedShare, minimum } = shape;
  return { defaults: { deadLetterShare, rejectedShare, minimum }, topics: Object.fromEntries(topics) };
}

function bytesOf(size: string): number {
  const match = SIZE.exec(size);
  return Number(match?.[1]) * (UNITS[match?.[2] ?? ''] ?? Number.NaN);
}

function problem(file: string, line: number, path: string, what: string): Problem {
  return {
    file,
    line,
    path,
    problem: what,
    remedy: 'Compare with the file that `lean-ops init` writes, which shows every setting.',
    severity: 'error',
  };
}

/** Of the key that the path ends at, else of the innermost part that exists; 1-based. */
function lineOf(document: Document, lines: LineCounter, path: readonly PropertyKey[]): number {
  for (let length = path.length; length > 0; length--) {
    const parent = length === 1 ? document.contents : document.getIn(path.slice(0, length - 1), true);
    const key = path[length - 1];
    const pair = isMap(parent) ? parent.items.find((item) => String(item.key) === String(key)) : undefined;
    const node = isNode(pair?.key) ? pair.key : document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
  }
  return 1;
}
