import type { ReadablePlace } from '../../duckdb/tables/readable-place.ts';
import type { EmbeddedStore } from '../../state/port.ts';
import type { WorkspaceConfig } from './config.ts';
import type { WorkspacePaths } from './paths.ts';

/** An open workspace. What needs parsing is loaded on first use, so that opening stays cheap. */
export interface Workspace extends ReadablePlace {
  readonly paths: WorkspacePaths;
  readonly store: EmbeddedStore;
  /** DuckDB reads the tables' files where they lie. */
  readonly copies: null;
  /** This opening's name as a lease owner; safe as a file name. */
  readonly owner: string;
  /** This opening's own folder for spill files, made on demand by the engine. */
  readonly tempDirectory: string;
  /** A fresh random id for open work. */
  readonly newWorkId: () => string;
  /** Throws CONFIG_INVALID with every problem. */
  readonly config: () => Promise<WorkspaceConfig>;
  readonly close: () => Promise<void>;
}
