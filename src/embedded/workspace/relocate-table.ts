import { dirname } from 'node:path';
import type { Micros } from '../../base/time.ts';
import type { Engine } from '../../duckdb/engine/engine.ts';
import { copyFiles } from '../../duckdb/parquet/copy-files.ts';
import { quoteText } from '../../duckdb/parquet/types.ts';
import { invariant, LeanOpsError } from '../../errors/error.ts';
import { encodeBound } from '../../iceberg/bounds.ts';
import type { TableSwap } from '../../iceberg/catalog.ts';
import { prepareTable } from '../../iceberg/commit.ts';
import type { DataFile } from '../../iceberg/data-file.ts';
import { DELETE_PATH_ID, DELETE_POSITION_ID } from '../../iceberg/delete-schema.ts';
import type { FileIO } from '../../iceberg/file-io.ts';
import { localFiles } from '../../iceberg/local-files.ts';
import { readManifest, syncMarker, writeManifest } from '../../iceberg/manifest.ts';
import { type ManifestFile, readManifestList, writeManifestList } from '../../iceberg/manifest-list.ts';
import type { Snapshot } from '../../iceberg/metadata.ts';
import type { Table } from '../../iceberg/table.ts';
import type { FileChecksum } from '../../state/table-commit.ts';

/** What moving tables needs. New files get names with the work id; no file is changed in place. */
export interface Move {
  readonly from: string;
  readonly to: string;
  readonly workId: string;
  readonly now: Micros;
  /** Starts the engine; called only if position deletes must be rewritten. */
  readonly engine: () => Promise<Engine>;
}

export interface MovedTable {
  readonly swap: TableSwap;
  readonly files: readonly FileChecksum[];
  /** Files that are no longer referenced, by their old paths. */
  readonly replaced: readonly string[];
}

/** Maps a path below the old folder to the new folder; other paths stay. */
function movedPath(move: Pick<Move, 'from' | 'to'>, path: string): string {
  return path.startsWith(`${move.from}/`) ? move.to + path.slice(move.from.length) : path;
}

/** Rewrites all metadata of a table with locations in the new folder. Snapshots, history and rows stay. */
export async function relocateTable(move: Move, table: Table): Promise<MovedTable> {
  return new TableMove(move, table).run();
}

/** Reads files by their old paths from where they are now. */
export function movedFiles(move: Pick<Move, 'from' | 'to'>): FileIO {
  const at = (location: string): string => movedPath(move, location);
  return {
    read: (location) => localFiles.read(at(location)),
    write: (location, bytes) => localFiles.write(at(location), bytes),
    exists: (location) => localFiles.exists(at(location)),
    remove: (location) => localFiles.remove(at(location)),
    list: (folder) => localFiles.list(at(folder)),
  };
}

class TableMove {
  readonly #move: Move;
  readonly #table: Table;
  readonly #io: FileIO;
  /** By old path: snapshots share manifests and delete files. */
  readonly #manifests = new Map<string, ManifestFile>();
  readonly #deletes = new Map<string, DataFile>();
  readonly #files: FileChecksum[] = [];
  readonly #replaced: string[] = [];

  constructor(move: Move, table: Table) {
    this.#move = move;
    this.#table = table;
    this.#io = movedFiles(move);
  }

  async run(): Promise<MovedTable> {
    const { metadata, metadataLocation, ref } = this.#table;
    invariant(metadataLocation !== null, 'the table exists');
    const snapshots: Snapshot[] = [];
    for (const snapshot of metadata.snapshots) snapshots.push(await this.#snapshot(snapshot));
    // Every text with the old path: location, logs, statistics, properties of other writers.
    const moved = { ...mapTexts({ ...metadata, snapshots: [] }, (text) => this.#at(text)), snapshots };
    const here = { ref, metadataLocation: this.#at(metadataLocation), metadata: moved };
    const { workId, now } = this.#move;
    const { swap } = await prepareTable(localFiles, here, {
      workId,
      now,
      summary: {},
      newSnapshotId: noSnapshot,
    });
    return {
      swap: { ...swap, expected: metadataLocation },
      files: this.#files,
      replaced: [...this.#replaced, ...this.#manifests.keys(), ...this.#deletes.keys()],
    };
  }

  #at(path: string): string {
    return movedPath(this.#move, path);
  }

  async #snapshot(snapshot: Snapshot): Promise<Snapshot> {
    const list = snapshot['manifest-list'];
    const manifests: ManifestFile[] = [];
    for (const manifest of await readManifestList(this.#io, snapshot)) {
      const known = this.#manifests.get(manifest.path) ?? (await this.#manifest(manifest));
      this.#manifests.set(manifest.path, known);
      manifests.push(known);
    }
    const name = `snap-${snapshot['snapshot-id']}-1-${this.#move.workId}.avro`;
    const moved = { ...snapshot, 'manifest-list': `${dirname(this.#at(list))}/${name}` };
    await writeManifestList(localFiles, moved, manifests, syncMarker(moved['manifest-list']));
    this.#replaced.push(list);
    return moved;
  }

  async #manifest(manifest: ManifestFile): Promise<ManifestFile> {
    const entries = [];
    for (const entry of await readManifest(this.#io, this.#table.metadata, manifest)) {
      const gone = entry.status === 'deleted' || entry.file.content === 'data';
      entries.push({ ...entry, file: gone ? this.#named(entry.file) : await this.#deleteFile(entry.file) });
    }
    const name = `${this.#move.workId}-m${this.#manifests.size}.avro`;
    const written = await writeManifest(localFiles, this.#table.metadata, {
      location: `${dirname(this.#at(manifest.path))}/${name}`,
      content: manifest.content,
      specId: manifest.specId,
      entries,
      snapshotId: manifest.addedSnapshotId,
      sequenceNumber: manifest.sequenceNumber,
    });
    return { ...manifest, path: written.path, length: written.length };
  }

  #named(file: DataFile): DataFile {
    const { referencedDataFile } = file;
    const bound = (bounds: DataFile['lowerBounds']): DataFile['lowerBounds'] => {
      const path = bounds?.get(DELETE_PATH_ID);
      if (bounds === null || path === undefined) return bounds;
      return new Map(bounds).set(
        DELETE_PATH_ID,
        encodeBound('string', this.#at(Buffer.from(path).toString('utf8'))),
      );
    };
    return {
      ...file,
      path: this.#at(file.path),
      lowerBounds: bound(file.lowerBounds),
      upperBounds: bound(file.upperBounds),
      referencedDataFile: referencedDataFile === null ? null : this.#at(referencedDataFile),
    };
  }

  /** Position deletes contain the paths of data files as rows, so they are rewritten. */
  async #deleteFile(file: DataFile): Promise<DataFile> {
    const known = this.#deletes.get(file.path);
    if (known !== undefined) return known;
    const { from, to, workId, engine } = this.#move;
    const path = this.#at(file.path);
    const [prefix, target] = [quoteText(from), quoteText(to)];
    const [copied, ...more] = await copyFiles(await engine(), {
      select: `SELECT CASE WHEN starts_with(file_path, ${prefix} || '/') THEN ${target} || substr(file_path, length(${prefix}) + 1)
        ELSE file_path END AS file_path, pos FROM read_parquet(${quoteText(path)}) ORDER BY file_path, pos`,
      folder: dirname(path),
      workId: `${workId}_deletes_${this.#deletes.size}`,
      fieldIds: new Map([
        ['file_path', DELETE_PATH_ID],
        ['pos', DELETE_POSITION_ID],
      ]),
      footer: {},
      partitionBy: [],
    });
    invariant(copied !== undefined && more.length === 0, 'a rewritten delete file is one file');
    const moved = { ...this.#named(file), path: copied.path, fileSize: copied.size, splitOffsets: null };
    this.#deletes.set(file.path, moved);
    this.#files.push({ path: copied.path, sha256: copied.sha256, size: copied.size });
    return moved;
  }
}

function noSnapshot(): never {
  throw new LeanOpsError('INTERNAL', {
    operation: 'relocating a table',
    detail: 'a relocation does not create snapshots',
  });
}

function mapTexts<T>(value: T, change: (text: string) => string): T {
  if (typeof value === 'string') return change(value) as T;
  if (Array.isArray(value)) return value.map((each) => mapTexts(each, change)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, mapTexts(each, change)])) as T;
}
