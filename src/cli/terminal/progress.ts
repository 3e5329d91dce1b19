/** The progress of one piece of work. */
export interface ProgressState {
  /** In the unit of the bar: bytes or steps. */
  readonly done: number;
  /** null if the total is unknown, for example on standard input. */
  readonly total: number | null;
  /** Text after the bar: '1,234 messages'. */
  readonly note: string;
}

export interface ProgressBar {
  update(state: ProgressState): void;
  stop(): void;
}
