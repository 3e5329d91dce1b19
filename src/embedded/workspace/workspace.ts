import type { ReadablePlace } from '../../duckdb/tables/readable-place.ts';
import type { EmbeddedStore } from '../../state/port.ts';
import type { WorkspaceConfig } from './config.ts';
import type { WorkspacePaths } from './paths.ts';

/** An open workspace. Files that need parsing are loaded on first use, so that opening stays cheap. */
export interface Workspace extends ReadablePlace {
  readonly paths: WorkspacePaths;
  readonly store: EmbeddedStore;
  /** DuckDB reads the tables' files where they lie. */
  readonly copies: null;
  /** This opening's name as a lease owner; safe as a file name. */
  readonly owner: string;
  /** This opening's folder for spill files; the engine creates it on demand. */
  readonly tempDirectory: string;
  /** A fresh random id for open work. */
  readonly newWorkId: () => string;
  /** Throws CONFIG_INVALID with every problem. */
  readonly config: () => Promise<WorkspaceConfig>;
  readonly close: () => Promise<void>;
}
