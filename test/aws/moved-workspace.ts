import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { AwsDeployment } from '../../src/aws/deployment/aws-deployment.ts';
import type { Engine } from '../../src/duckdb/engine/engine.ts';
import { copyFiles } from '../../src/duckdb/parquet/copy-files.ts';
import type { Workspace } from '../../src/embedded/workspace/workspace.ts';
import { invariant } from '../../src/errors/error.ts';
import { prepareTable } from '../../src/iceberg/commit.ts';
import type { DataFile } from '../../src/iceberg/data-file.ts';
import { DELETE_PATH_ID, DELETE_POSITION_ID } from '../../src/iceberg/delete-schema.ts';
import { localFiles } from '../../src/iceberg/local-files.ts';
import { readManifest, syncMarker, writeManifest } from '../../src/iceberg/manifest.ts';
import { type ManifestFile, readManifestList, writeManifestList } from '../../src/iceberg/manifest-list.ts';
import type { Snapshot } from '../../src/iceberg/metadata.ts';
import { loadTable, type Table } from '../../src/iceberg/table.ts';
import { fatesSum } from '../../src/semantic/fates.ts';
import type { DeadLetter, DeadLetterBody } from '../../src/state/dead-letter.ts';
import { Database } from '../../src/state/dynamodb/database.ts';
import { moveCheckpoint } from '../../src/state/dynamodb/move-checkpoint.ts';

export interface Move {
  readonly workspace: Workspace;
  readonly deployment: AwsDeployment;
  readonly dynamo: DynamoDBClient;
  readonly engine: Engine;
  /** A folder for intermediate files. */
  readonly folder: string;
}

/** Copies tables, checkpoint, contracts and dead letters of one topic from a workspace to a deployment. */
export async function moveToAws(move: Move, topic: string): Promise<void> {
  for (const ref of await move.workspace.catalog.tables()) {
    const table = await loadTable(localFiles, move.workspace.catalog, ref);
    invariant(table !== null, 'a table of the catalog exists');
    await new TableMove(move, table).run();
  }
  const { workspace, deployment, dynamo } = move;
  for (const { version, ...contract } of await workspace.store.contractVersions(topic))
    await deployment.store.registerContract({ ...contract, expectedVersion: version - 1 });
  const checkpoint = await workspace.store.checkpoint(topic);
  const { totals } = checkpoint;
  // On AWS a batch counts the receptions in RAW; the checkpoint does not count the intake.
  const next = {
    ...checkpoint,
    totals: { ...totals, received: 0, raw: fatesSum(totals.outcomes), deadLettered: 0 },
  };
  const database = new Database(dynamo, deployment.config.prefix);
  await moveCheckpoint(database, topic, null, () => ({ next, answer: null }));
  const { items } = await workspace.store.deadLetters({ topic }, 1000, null);
  for (const { id } of items) await moveLetter(move, id);
}

async function moveLetter({ workspace, deployment }: Move, id: string): Promise<void> {
  const found = await workspace.store.deadLetter(id);
  invariant(found !== null, 'a listed dead letter exists');
  const { status, closing, ...letter } = found.letter;
  const bytes = await bodyOf(workspace, found);
  const pointer = `s3://${deployment.config.deadLettersBucket}/dead-letters/${letter.topic}/${id}`;
  await deployment.putObject(pointer, bytes);
  const body = { kind: 'file', pointer, size: BigInt(bytes.length) } as const;
  await deployment.store.storeDeadLetters([{ ...letter, body }]);
  if (status !== 'open' && closing !== null) await deployment.store.closeDeadLetters([id], status, closing);
}

async function bodyOf(
  { paths }: Workspace,
  { body }: { readonly letter: DeadLetter; readonly body: DeadLetterBody },
): Promise<Uint8Array> {
  return body.kind === 'inline' ? body.bytes : readFile(join(paths.root, body.pointer));
}

/** Writes a table's files and metadata to the warehouse in S3. Snapshots keep their ids and summaries. */
class TableMove {
  readonly #move: Move;
  readonly #table: Table;
  readonly #manifests = new Map<string, ManifestFile>();
  readonly #files = new Map<string, DataFile>();

  constructor(move: Move, table: Table) {
    this.#move = move;
    this.#table = table;
  }

  async run(): Promise<void> {
    const { files, catalog, clock } = this.#move.deployment;
    const { ref, metadata } = this.#table;
    const snapshots: Snapshot[] = [];
    for (const snapshot of metadata.snapshots) snapshots.push(await this.#snapshot(snapshot));
    const moved = { ...metadata, location: this.#at(metadata.location), snapshots, 'metadata-log': [] };
    const context = { workId: crypto.randomUUID(), now: clock(), summary: {}, newSnapshotId: () => 0n };
    const table = { ref, metadataLocation: null, metadata: moved };
    const { swap, metadata: next } = await prepareTable(files, table, context);
    await catalog.swap(swap, next);
  }

  #at(path: string): string {
    const { workspace, deployment } = this.#move;
    invariant(path.startsWith(workspace.paths.warehouse), `${path} is in the warehouse`);
    return deployment.paths.warehouse + path.slice(workspace.paths.warehouse.length);
  }

  async #snapshot(snapshot: Snapshot): Promise<Snapshot> {
    const manifests: ManifestFile[] = [];
    for (const manifest of await readManifestList(localFiles, snapshot)) {
      const known = this.#manifests.get(manifest.path) ?? (await this.#manifest(manifest));
      this.#manifests.set(manifest.path, known);
      manifests.push(known);
    }
    const list = this.#at(snapshot['manifest-list']);
    const moved = { ...snapshot, 'manifest-list': list };
    await writeManifestList(this.#move.deployment.files, moved, manifests, syncMarker(list));
    return moved;
  }

  async #manifest(manifest: ManifestFile): Promise<ManifestFile> {
    const entries = [];
    for (const entry of await readManifest(localFiles, this.#table.metadata, manifest)) {
      const known = this.#files.get(entry.file.path) ?? (await this.#file(entry.file));
      this.#files.set(entry.file.path, known);
      entries.push({ ...entry, file: known });
    }
    const written = await writeManifest(this.#move.deployment.files, this.#table.metadata, {
      location: this.#at(manifest.path),
      content: manifest.content,
      specId: manifest.specId,
      entries,
      snapshotId: manifest.addedSnapshotId,
      sequenceNumber: manifest.sequenceNumber,
    });
    return { ...manifest, path: written.path, length: written.length };
  }

  async #file(file: DataFile): Promise<DataFile> {
    const path = this.#at(file.path);
    const bytes = await readFile(file.content === 'data' ? file.path : await this.#deletes(file.path));
    await this.#move.deployment.files.write(path, bytes);
    const { referencedDataFile: hit } = file;
    const bounds = file.content === 'data' ? {} : { lowerBounds: null, upperBounds: null };
    const referencedDataFile = hit === null ? null : this.#at(hit);
    return { ...file, ...bounds, path, fileSize: BigInt(bytes.length), referencedDataFile };
  }

  /** Position deletes hold paths of data files, so their rows are rewritten. */
  async #deletes(path: string): Promise<string> {
    const { engine, workspace, deployment, folder } = this.#move;
    const [copied] = await copyFiles(engine, {
      select: `SELECT replace(file_path, '${workspace.paths.warehouse}', '${deployment.paths.warehouse}') AS file_path, pos FROM read_parquet('${path}')`,
      folder: join(folder, basename(dirname(path))),
      workId: crypto.randomUUID(),
      fieldIds: new Map([
        ['file_path', DELETE_PATH_ID],
        ['pos', DELETE_POSITION_ID],
      ]),
      footer: {},
      partitionBy: [],
    });
    invariant(copied !== undefined, 'a delete file holds rows');
    return copied.path;
  }
}
