import type { ProgressBar } from './progress.ts';

/** What commands may say beside their outcome; all of it goes to standard error. */
export interface Terminal {
  /** A line for people; silent under --quiet. */
  note(line: string): void;
  /** A line that must be seen: under --quiet too. */
  warn(line: string): void;
  /** A bar on a terminal; elsewhere, and under --quiet, nothing. */
  progress(label: string, unit: 'bytes' | 'steps'): Promise<ProgressBar>;
  /** Paints text where the outcome's lines show colours; else gives it back as it is. */
  readonly paint: Paint;
  /** Whether the outcome's lines go to a terminal, where endless cells help nobody. */
  readonly narrow: boolean;
  /** Asks a person, who answers y or n; null where nobody is there to answer. */
  readonly confirm: ((question: string) => Promise<boolean>) | null;
}

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';
export type Paint = (style: Style, text: string) => string;

/** A stream as far as it matters here; process.stdout and process.stderr are two. */
export interface Sink {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

export interface TerminalOptions {
  /** Where the outcome's lines for people go. */
  readonly words: Sink;
  readonly notes: Sink;
  /** Where answers come from; null: from nowhere. */
  readonly answers: (NodeJS.ReadableStream & { readonly isTTY?: boolean }) | null;
  readonly quiet: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** SGR codes of ECMA-48: on, off. */
const CODES: Readonly<Record<Style, readonly [number, number]>> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
};

const NO_BAR: ProgressBar = { update: () => undefined, stop: () => undefined };

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

/** Anything but a clear yes is a no. */
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

/** Colours only for a person's eyes: on a terminal, unless https://no-color.org says otherwise. */
export function painter(sink: Sink, env: TerminalOptions['env']): Paint {
  const wanted = sink.isTTY === true && (env.NO_COLOR ?? '') === '' && env.TERM !== 'dumb';
  if (!wanted) return (_style, text) => text;
  return (style, text) => {
    const [on, off] = CODES[style];
    return `\u001b[${on}m${text}\u001b[${off}m`;
  };
}
