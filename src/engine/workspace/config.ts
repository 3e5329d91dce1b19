/** lean-ops.yaml with every default filled in. */
export interface WorkspaceConfig {
  readonly engine: {
    /** DuckDB's memory limit, in bytes. */
    readonly memoryBytes: number;
    readonly threads: number;
  };
  readonly ingest: {
    /** Source bytes in one unit of work: what one commit takes. */
    readonly unitBytes: number;
    /** A publish time further than this after the reception is refused. */
    readonly maxFutureHours: number;
  };
  readonly lease: {
    /** How long a lease lasts without a heartbeat. */
    readonly seconds: number;
  };
  /** Topic → files that `run` takes when no input is named; relative to the workspace. */
  readonly inputs: Readonly<Record<string, readonly string[]>>;
}
