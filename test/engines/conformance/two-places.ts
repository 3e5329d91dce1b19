import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type BatchCircumstances,
  type SparkPlanDocument,
  sparkPlanDocument,
  type Unreachable,
} from '../../../src/aws/spark/plan.ts';
import type { Topic } from '../../../src/contract/model.ts';
import { type Engine, openEngine } from '../../../src/duckdb/engine/engine.ts';
import { tableRelation } from '../../../src/duckdb/parquet/table-relation.ts';
import { NO_FAULTS } from '../../../src/embedded/faults.ts';
import { runSemantic } from '../../../src/embedded/jobs/incremental.ts';
import { rebuild } from '../../../src/embedded/jobs/rebuild.ts';
import { redrive } from '../../../src/embedded/jobs/redrive.ts';
import type { SemanticOptions, SemanticResult } from '../../../src/embedded/jobs/semantic-work.ts';
import { maintain } from '../../../src/embedded/maintain/maintain.ts';
import { createMaskingKey } from '../../../src/embedded/workspace/masking-key-file.ts';
import type { Workspace } from '../../../src/embedded/workspace/workspace.ts';
import { localFiles } from '../../../src/iceberg/local-files.ts';
import { currentSchema, currentSnapshot } from '../../../src/iceberg/metadata.ts';
import { planScan } from '../../../src/iceberg/scan.ts';
import { loadTable } from '../../../src/iceberg/table.ts';
import { unreachableRows } from '../../../src/pipeline/batches/unreachable-rows.ts';
import { versionOf } from '../../../src/pipeline/contracts/contract-version.ts';
import { registeredTopic } from '../../../src/pipeline/contracts/registered-topic.ts';
import type { Intent, RedriveSelection } from '../../../src/semantic/intent.ts';
import { SPARK } from '../../../src/sql/spark.ts';
import { accept } from '../../raw/harness.ts';
import type { RawRow } from '../../sql/harness.ts';
import { type Temporary, temporaryWorkspace } from '../../support/temporary.ts';
import { putRaw } from '../../support/workbench.ts';
import { type PlainRow, plainRow } from '../foreign-readers.ts';
import { SparkPlace } from './spark.ts';

/** One message of a case. */
export interface Message {
  readonly id: string;
  /** Microseconds. */
  readonly time: bigint;
  /** The idempotency key; absent: the id. */
  readonly key?: string;
  /** The members of the payload, as JSON text without the outer braces. */
  readonly members: string;
  /** Of the message's schema. */
  readonly version?: string;
}

export type TableName = 'raw' | 'semantic' | 'errors' | 'drift';
export type Tables = Readonly<Record<TableName, readonly PlainRow[]>>;

export interface Place {
  readonly tables: Tables;
  /** Of every batch, in order. */
  readonly figures: readonly PlainRow[];
}

/** The metadata of a batch of a new topic. */
export const PLAIN: BatchCircumstances = {
  purgeHistory: false,
  earlier: [],
  budget: null,
  unreachable: null,
};

export const NAMES = {
  catalog: 'lean_ops',
  database: (namespace: string) => (namespace === 'raw' ? 'raw' : 'spark'),
};

/** A workspace. Both engines derive tables from its RAW tables: DuckDB in `semantic`, Spark in `spark`. */
export class TwoPlaces {
  private readonly temporary: Temporary;
  readonly workspace: Workspace;
  readonly engine: Engine;
  readonly spark: SparkPlace;

  static async open(): Promise<TwoPlaces> {
    const temporary = await temporaryWorkspace();
    await mkdir(join(temporary.root, 'topics'));
    // Most cases are wrong on purpose, so no share of rejected rows may halt their topic.
    await writeFile(join(temporary.root, 'lean-ops.yaml'), 'version: 1\nbudgets:\n  rejected_share: 1\n');
    const workspace = await temporary.open();
    await createMaskingKey(workspace.paths);
    const engine = await openEngine({
      memoryLimit: '1GiB',
      threads: 2,
      tempDirectory: workspace.tempDirectory,
    });
    const data = join(temporary.root, 'data');
    const spark = new SparkPlace(join(data, 'lean-ops.db'), join(data, 'warehouse'));
    await spark.open();
    return new TwoPlaces(temporary, workspace, engine, spark);
  }

  private constructor(temporary: Temporary, workspace: Workspace, engine: Engine, spark: SparkPlace) {
    this.temporary = temporary;
    this.workspace = workspace;
    this.engine = engine;
    this.spark = spark;
  }

  async contract(topic: string, text: string): Promise<Topic> {
    await writeFile(join(this.temporary.root, 'topics', `${topic}.odcs.yaml`), text);
    return (await this.workspace.contract(topic)).topic;
  }

  /** Appends the messages to RAW and runs one batch on both engines. Returns the figures of DuckDB and of Spark. */
  async batch(topic: string, messages: readonly Message[], kind: 'incremental' | 'rebuild' = 'incremental') {
    const { duckdb, intent } = await this.embedded(topic, messages, kind);
    const key = intent.maskingKeyFingerprint === null ? null : await this.workspace.maskingKey();
    const spark = await this.spark.run(await this.plan(topic, intent), key?.bytes ?? null);
    return { duckdb, spark };
  }

  /** Appends the messages to RAW and runs one batch on DuckDB. Returns its figures and its intent. */
  async embedded(
    topic: string,
    messages: readonly Message[],
    kind: 'incremental' | 'rebuild' = 'incremental',
  ): Promise<{ readonly duckdb: PlainRow; readonly intent: Intent }> {
    this.temporary.now += 1_000_000n;
    if (messages.length > 0) await putRaw(this.workspace, this.engine, topic, messages.map(rawRow));
    return this.observed(topic, async (options) => {
      if (kind === 'rebuild') return rebuild(this.workspace, topic, options);
      return (await runSemantic(this.workspace, [topic], options))[0];
    });
  }

  /** Moves DuckDB's clock by days, and runs maintenance. */
  async daysLater(topic: string, days: number): Promise<void> {
    this.temporary.now += BigInt(days) * 86_400_000_000n;
    await maintain(this.workspace, [topic], {
      dryRun: false,
      signal: new AbortController().signal,
      faults: NO_FAULTS,
      engine: async () => this.engine,
      onTable: () => undefined,
    });
  }

  /** Rebuilds on DuckDB after RAW rows have expired. Returns its figures, the intent, and Spark's plan for it. */
  async keepingRebuild(topic: string) {
    this.temporary.now += 1_000_000n;
    const checkpoint = await this.workspace.store.checkpoint(topic);
    const done = await this.observed(topic, (options) => rebuild(this.workspace, topic, options, true));
    const { contractVersion, maskingKeyFingerprint: fingerprint } = done.intent;
    const { topic: meant } = await versionOf(this.workspace, topic, contractVersion);
    const rows = await unreachableRows(this.workspace, checkpoint, meant, fingerprint, '{table}', SPARK);
    const kept = { rows, countedSnapshotId: checkpoint.snapshotId };
    return { ...done, plan: await this.plan(topic, done.intent, kept) };
  }

  /** Redrives rejected rows on DuckDB. Returns its figures and its intent. */
  async redriven(topic: string, selection: RedriveSelection) {
    this.temporary.now += 1_000_000n;
    return this.observed(topic, (options) => redrive(this.workspace, topic, selection, options));
  }

  private async observed(
    topic: string,
    work: (options: SemanticOptions) => Promise<Pick<SemanticResult, 'counts' | 'rows'> | undefined>,
  ): Promise<{ readonly duckdb: PlainRow; readonly intent: Intent }> {
    let stored: Promise<Intent | null> = Promise.resolve(null);
    const result = await work({
      signal: new AbortController().signal,
      faults: {
        hit: (point) => {
          if (point === 'semantic:after-work-opened')
            stored = this.workspace.store.checkpoint(topic).then(({ intent }) => intent);
        },
      },
      engine: async () => this.engine,
      onPhase: () => undefined,
    });
    const intent = await stored;
    if (intent === null || result === undefined) throw new Error('no batch ran');
    const { counts, rows } = result;
    const duckdb = plainRow({
      raw_rows: counts.rawRows,
      inserted: counts.inserted,
      updated: counts.updated,
      duplicate: counts.duplicate,
      superseded: counts.superseded,
      stale: counts.stale,
      rejected: counts.rejected,
      live_rows: rows,
    });
    return { duckdb, intent };
  }

  /** Spark's plan for the intent. */
  async plan(
    topic: string,
    intent: Intent,
    unreachable: Unreachable | null = null,
  ): Promise<SparkPlanDocument> {
    const versions = (await this.workspace.store.contractVersions(topic)).map((registered) => ({
      version: registered.version,
      topic: registeredTopic(registered),
    }));
    const contract = versions.find(({ version }) => version === intent.contractVersion);
    if (contract === undefined) throw new Error(`version ${intent.contractVersion} is not registered`);
    const earlier = versions.filter(({ version }) => version < contract.version);
    return sparkPlanDocument(contract.topic, NAMES, intent, { ...PLAIN, earlier, unreachable });
  }

  async duckdbTables(topic: string): Promise<Tables> {
    const read = (namespace: string, name: string) => this.embeddedRows(namespace, name);
    return {
      raw: await read('raw', topic),
      semantic: await read('semantic', topic),
      errors: await read('semantic', `${topic}_errors`),
      drift: await read('semantic', `${topic}_drift`),
    };
  }

  async sparkTables(topic: string): Promise<Tables> {
    const read = (table: string) => this.spark.sql(`SELECT * FROM lean_ops.${table}`);
    return {
      raw: await read(`raw.${topic}`),
      semantic: await read(`spark.${topic}`),
      errors: await read(`spark.${topic}_errors`),
      drift: await read(`spark.${topic}_drift`),
    };
  }

  private async embeddedRows(namespace: string, name: string): Promise<readonly PlainRow[]> {
    const table = await loadTable(localFiles, this.workspace.catalog, { namespace, name });
    if (table === null) return [];
    const files = await planScan(localFiles, table.metadata, currentSnapshot(table.metadata));
    const relation = tableRelation(currentSchema(table.metadata), files, { positions: false });
    return (await this.engine.rows(relation)).map(plainRow);
  }

  async close(): Promise<void> {
    await this.spark.close();
    this.engine.close();
    await this.workspace.close();
    await this.temporary.remove();
  }
}

/** The message as the scanner returns it. */
function rawRow({ id, time, key, members, version }: Message): RawRow {
  const name = JSON.stringify(key ?? id);
  const payload = members === '' ? `{"idempotency_key":${name}}` : `{"idempotency_key":${name},${members}}`;
  const record = accept(payload);
  return {
    id,
    time,
    key: key ?? id,
    payload: record.jsonPayload,
    ...(record.inexactNumberPaths === null ? {} : { inexact: record.inexactNumberPaths }),
    shape: record.payloadShape,
    ...(version === undefined ? {} : { version }),
  };
}
