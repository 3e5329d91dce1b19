import type { ProgressBar } from './progress.ts';

/** What commands can print besides their outcome. All of it goes to standard error. */
export interface Terminal {
  /** A line for people. --quiet hides it. */
  note(line: string): void;
  /** A line that people must see, also with --quiet. */
  warn(line: string): void;
  /** A progress bar at a terminal. Elsewhere, and with --quiet, it prints nothing. */
  progress(label: string, unit: 'bytes' | 'steps'): Promise<ProgressBar>;
  /** Colours text if the outcome's lines show colours; else returns it unchanged. */
  readonly paint: Paint;
  /** True if the outcome's lines go to a terminal. Long cells are shortened there. */
  readonly narrow: boolean;
  /** Asks a person, who answers y or n. null if nobody can answer. */
  readonly confirm: ((question: string) => Promise<boolean>) | null;
}

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';
export type Paint = (style: Style, text: string) => string;

/** The part of a stream that is used here, for example of process.stdout. */
export interface Sink {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

export interface TerminalOptions {
  /** The stream for the outcome's lines for people. */
  readonly words: Sink;
  readonly notes: Sink;
  /** The stream for answers; null if nobody can answer. */
  readonly answers: (NodeJS.ReadableStream & { readonly isTTY?: boolean }) | null;
  readonly quiet: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** SGR codes of ECMA-48: [on, off]. */
const CODES: Readonly<Record<Style, readonly [number, number]>> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
};

const NO_BAR: ProgressBar = { update: () => undefined, stop: () => undefined };

/** The terminal of a command, on the streams of the options. */
export function openTerminal(options: TerminalOptions): Terminal {
  const { answers, notes } = options;
  const isAttended = answers?.isTTY === true && notes.isTTY === true;
  return {
    confirm: answers === null || !isAttended ? null : (question) => ask(question, answers, notes),
    note(line) {
      if (!options.quiet) options.notes.write(`${line}\n`);
    },
    warn(line) {
      options.notes.write(`${line}\n`);
    },
    progress: async (label, unit) => {
      if (options.quiet || options.notes.isTTY !== true) return NO_BAR;
      const { openProgressBar } = await import('./progress-bar.ts');
      return openProgressBar(label, unit);
    },
    paint: painter(options.words, options.env),
    narrow: options.words.isTTY === true,
  };
}

/** Only `y` and `yes` mean yes. */
async function ask(question: string, answers: NodeJS.ReadableStream, notes: Sink): Promise<boolean> {
  const { createInterface } = await import('node:readline/promises');
  notes.write(`${question} [y/N] `);
  const lines = createInterface({ input: answers });
  try {
    for await (const line of lines) return /^y(es)?$/i.test(line.trim());
    return false;
  } finally {
    lines.close();
  }
}

/** Colours are used at a terminal only, and not if NO_COLOR is set (https://no-color.org). */
export function painter(sink: Sink, env: TerminalOptions['env']): Paint {
  const wanted = sink.isTTY === true && (env.NO_COLOR ?? '') === '' && env.TERM !== 'dumb';
  if (!wanted) return (_style, text) => text;
  return (style, text) => {
    const [on, off] = CODES[style];
    return `\u001b[${on}m${text}\u001b[${off}m`;
  };
}
