/** Where an error arises. */
export type Stage = 'contract' | 'ingest' | 'semantic' | 'storage' | 'state' | 'setup';

/** Why it arises. Data and setup errors are never retried, transient ones are, and a bug is a defect in Lean-Ops. */
export type ErrorClass = 'data' | 'transient' | 'setup' | 'bug';

/** What becomes of the thing that failed. */
export type ErrorFate = 'dead-letter' | 'reject' | 'null-and-drift' | 'retry' | 'halt';

export type Severity = 'info' | 'warning' | 'error' | 'critical';

/** Where the reader of a message works: at a workspace, or at an AWS deployment. */
export type PlaceName = 'embedded' | 'aws';

/**
 * What to do about an error, as one or more sentences. One text serves both places, or each place has its own.
 * `{topic}` and `{id}` are replaced by the topic and the dead letter of the error.
 */
export type Remedy = string | Readonly<Record<PlaceName, string>>;

/** The subject of an error, as far as it is known: the names that a remedy's commands need. */
export interface RemedyNames {
  readonly topic?: string;
  /** Of a dead letter. */
  readonly id?: string;
}

export interface ErrorSpec {
  readonly stage: Stage;
  readonly class: ErrorClass;
  readonly fate: ErrorFate;
  readonly severity: Severity;
  /** Exit code of a command that the error ends: 1 a check failed, 2 called or configured wrongly, 3 not carried out. */
  readonly exit: 1 | 2 | 3;
  /** What it means, in whole sentences without payload text. */
  readonly meaning: string;
  readonly remedy: Remedy;
  /** Where an AWS deployment shows it; absent if nothing there raises it, or if it only marks a single message. */
  readonly shownOnAws?: string;
}

type Fixed = 'class' | 'fate' | 'severity';

/** The caller, the configuration or the machine is at fault. A retry does not help. */
export const SETUP = { class: 'setup', fate: 'halt', severity: 'error' } as const satisfies Pick<
  ErrorSpec,
  Fixed
>;

/** The topic or its tables do not change until a person acts. */
export const HALT = { class: 'setup', fate: 'halt', severity: 'critical' } as const satisfies Pick<
  ErrorSpec,
  Fixed
>;

/** The same work may succeed later. */
export const TRANSIENT = { class: 'transient', fate: 'retry', severity: 'warning' } as const satisfies Pick<
  ErrorSpec,
  Fixed
>;
