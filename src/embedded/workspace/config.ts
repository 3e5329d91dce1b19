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
import { configProblem } from './config-problem.ts';

/** Where notifications go, and the thresholds of alerts. */
export interface AlertSettings {
  readonly stderr: boolean;
  /** A path relative to the workspace; null: no file. */
  readonly file: string | null;
  readonly webhook: string | null;
  /** Hours until an open alert of severity error or critical is sent again. */
  readonly repeatHours: number;
  /** A share (0..1) of the messages since yesterday. */
  readonly deadLetterShare: number;
  /** Snapshots of one table. */
  readonly snapshots: number;
}

/** lean-ops.yaml with all defaults filled in. */
export interface WorkspaceConfig {
  readonly engine: EngineSettings;
  readonly ingest: {
    /** Source bytes per commit. */
    readonly unitBytes: number;
    /** A message whose publish time is later than its reception by more than this is refused. Hours. */
    readonly maxFutureHours: number;
  };
  readonly budgets: BudgetSettings;
  readonly lease: {
    /** Seconds that a lease lasts without a heartbeat. */
    readonly seconds: number;
  };
  readonly alerts: AlertSettings;
  readonly maintenance: MaintenanceSettings;
  /** Topic → files that `run` ingests if no input is given; relative to the workspace. */
  readonly inputs: Readonly<Record<string, readonly string[]>>;
}

export type LoadedConfig =
  | { readonly ok: true; readonly config: WorkspaceConfig }
  | { readonly ok: false; readonly problems: readonly Problem[] };

const UNITS: Readonly<Record<string, number>> = { KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 };
const SIZE = /^([1-9]\d{0,8})(KiB|MiB|GiB)$/;
const sizeText = z.string().regex(SIZE, 'expected a size such as 128MiB or 2GiB');
/** Smaller units commit too often. Larger ones need too much memory and repeat too much work after a crash. */
const unitText = sizeText.refine((text) => bytesOf(text) >= 2 ** 20 && bytesOf(text) <= 4 * 2 ** 30, {
  message: 'expected a size from 1MiB to 4GiB',
});

/** The value that switches a setting off. */
const NONE = 'none';
const share = z.number().min(0).max(1);
const minimum = z.int().min(1);

/** Sizes of table files. Smaller files are what compaction removes; larger ones are slow to read and to rewrite. */
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
  // A lease must outlast the longest pause of a busy machine.
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
      // A large batch can take an hour. Files of a commit in progress must never count as orphans.
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

/** Parses lean-ops.yaml. Reports all problems, each with its line. */
export function parseConfig(file: string, text: string): LoadedConfig {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  const broken = [...document.errors, ...document.warnings].map((each) => {
    // The rest of the message repeats the text of the file.
    return problem(file, each.linePos?.[0].line ?? 1, '', each.message.split(' at line ')[0] ?? each.message);
  });
  // Aliases are refused: nested ones can expand without limit.
  visit(document, {
    Alias: (_, { range, source }) => {
      broken.push(
        problem(file, lines.linePos(range?.[0] ?? 0).line, '', `*${source}: aliases are not allowed`),
      );
    },
  });
  if (broken.length > 0) return { ok: false, problems: broken };
  const parsed = SHAPE.safeParse(document.toJS());
  if (parsed.success) return { ok: true, config: fromShape(parsed.data) };
  const problems = parsed.error.issues.flatMap((issue) => {
    const paths =
      issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...issue.path, key]) : [issue.path];
    const what = issue.code === 'unrecognized_keys' ? 'unknown key' : configProblem(issue);
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
    remedy: 'Compare with the file that `lean-ops init` writes. It lists every setting.',
    severity: 'error',
  };
}

/** The line (1-based) of the key at the path, or of the innermost part of the path that exists. */
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
