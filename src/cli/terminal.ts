/** How far a piece of work is. */
export interface ProgressState {
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

/** What commands may say beside their outcome; all of it goes to standard error. */
export interface Terminal {
  /** A line for people; silent under --quiet. */
  note(line: string): void;
  /** A bar on a terminal; elsewhere, and under --quiet, nothing. */
  progress(label: string, unit: 'bytes' | 'rows'): ProgressBar;
  /** Paints text where standard output shows colours; else gives it back as it is. */
  readonly paint: Paint;
  /** Columns of the terminal, for tables; 100 where there is none. */
  readonly width: number;
}

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';
export type Paint = (style: Style, text: string) => string;
