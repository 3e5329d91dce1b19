/** How far a piece of work is. */
export interface ProgressState {
  /** In bytes or steps, as the bar was opened. */
  readonly done: number;
  /** Null where the end is not known, as on standard input. */
  readonly total: number | null;
  /** Free words behind the bar: '1,234 messages'. */
  readonly note: string;
}

export interface ProgressBar {
  update(state: ProgressState): void;
  stop(): void;
}
