/** The frozen topic model that every later stage reads. Only load.ts makes it, from an ODCS file. */

export type ColumnType =
  | { readonly kind: 'string' }
  | { readonly kind: 'int' }
  | { readonly kind: 'long' }
  | { readonly kind: 'float' }
  | { readonly kind: 'double' }
  | { readonly kind: 'decimal'; readonly precision: number; readonly scale: number }
  | { readonly kind: 'boolean' }
  | { readonly kind: 'date' }
  | { readonly kind: 'timestamptz' }
  /** An object without properties, or an array: kept as normalised JSON text. */
  | { readonly kind: 'json'; readonly of: 'object' | 'array' };

/** One step into a JSON value: an object's member by its literal key, or an array's element. */
export type PathSegment =
  | { readonly kind: 'key'; readonly key: string }
  | { readonly kind: 'index'; readonly index: number };

export type Masking =
  | { readonly kind: 'hash' }
  | { readonly kind: 'redact' }
  /** Keeps the last `keep` characters. */
  | { readonly kind: 'partial'; readonly keep: number }
  | { readonly kind: 'null' };

export type PartitionTransform =
  | { readonly kind: 'identity' }
  | { readonly kind: 'hour' }
  | { readonly kind: 'day' }
  | { readonly kind: 'month' }
  | { readonly kind: 'bucket'; readonly buckets: number };

/** A rule on one column's value beyond its type. Bounds are the contract's number texts: nothing is rounded. */
export type Gate =
  | { readonly kind: 'minLength'; readonly length: number }
  | { readonly kind: 'maxLength'; readonly length: number }
  /** Matched against the whole text, in the syntax that RE2 and Java share. */
  | { readonly kind: 'pattern'; readonly pattern: string }
  | { readonly kind: 'minimum'; readonly bound: string; readonly exclusive: boolean }
  | { readonly kind: 'maximum'; readonly bound: string; readonly exclusive: boolean }
  /** quality[] invalidValues: the value must be one of these texts. */
  | { readonly kind: 'validValues'; readonly values: readonly string[] }
  /** quality[] invalidValues with a pattern. */
  | { readonly kind: 'validPattern'; readonly pattern: string }
  /** quality[] missingValues: these texts mean that there is no value. */
  | { readonly kind: 'missingValues'; readonly values: readonly string[] };

export type RuleSeverity = 'info' | 'warning' | 'error';

/** What a rule's figure must be. Numbers are the contract's texts. A range includes both ends. */
export type RuleBound =
  | {
      readonly operator: 'equal' | 'notEqual' | 'above' | 'atLeast' | 'below' | 'atMost';
      readonly value: string;
    }
  | { readonly operator: 'between' | 'notBetween'; readonly low: string; readonly high: string };

/** A rule of quality[] on the semantic table as a whole. It has a check result and rejects no rows. */
export interface QualityRule {
  /** Unique in the contract. */
  readonly name: string;
  readonly metric: 'nullValues' | 'missingValues' | 'invalidValues' | 'duplicateValues' | 'rowCount';
  /** The columns that it examines. Empty for rowCount. */
  readonly columns: readonly string[];
  /** invalidValues, missingValues: a value that breaks one of them counts. */
  readonly gates: readonly Gate[];
  /** missingValues: NULL counts too. */
  readonly nulls: boolean;
  /** rows: the number of rows counted. percent: their share of the table's rows. */
  readonly unit: 'rows' | 'percent';
  readonly bound: RuleBound;
  readonly severity: RuleSeverity;
}

export interface Column {
  /** Lower snake_case, unique in its topic. */
  readonly name: string;
  readonly type: ColumnType;
  /** The path of the value in the payload. */
  readonly path: readonly PathSegment[];
  /** The same path as text, for people. */
  readonly displayPath: string;
  readonly required: boolean;
  readonly cde: boolean;
  /** 1-based position in the business key. null for other columns. */
  readonly keyPosition: number | null;
  readonly masking: Masking | null;
  readonly gates: readonly Gate[];
  /** Timestamps only: the value is a number of seconds or milliseconds since 1970. */
  readonly epoch: 's' | 'ms' | null;
  /** Timestamps only: digits beyond microseconds are cut off instead of breaking the contract. */
  readonly truncate: boolean;
  readonly partition: PartitionTransform | null;
  readonly description: string | null;
}

/** Drift that is not reported. It is still counted. */
export interface MutedDrift {
  /** As `lean-ops drift` shows it. */
  readonly path: string;
  /** null: every kind. */
  readonly kind: string | null;
}

export type EnvelopeKind = 'auto' | 'cloudevents' | 'eventbridge' | 'sns' | 'wrapped' | 'bare';

export type Compatibility =
  | 'NONE'
  | 'BACKWARD'
  | 'BACKWARD_ALL'
  | 'FORWARD'
  | 'FORWARD_ALL'
  | 'FULL'
  | 'FULL_ALL';

export interface Topic {
  /** `^[a-z][a-z0-9_]{0,62}$`, not ending in _errors or _drift. Names files, tables and queues. */
  readonly topic: string;
  /** The contract file's own `version`. */
  readonly contractVersion: string;
  /** SHA-256 (hex) over the contract's meaning, not its text: comments and the order of keys do not count. */
  readonly hash: string;
  /** In the order of the file. At least one. */
  readonly columns: readonly Column[];
  /** Names of the key columns by position. Empty means that the key is `_idempotency_key`. */
  readonly key: readonly string[];
  readonly envelope: EnvelopeKind;
  /** Paths into the whole message. null: the envelope's own rules apply. */
  readonly idempotencyKeyPath: readonly PathSegment[] | null;
  readonly publishTimePath: readonly PathSegment[] | null;
  readonly acceptNumericStrings: boolean;
  readonly onTypeMismatch: 'null' | 'reject';
  readonly compatibility: Compatibility;
  readonly freshness: { readonly warnSeconds: number; readonly lateSeconds: number };
  readonly driftMuted: readonly MutedDrift[];
  /** Table rules, in the order of the file. */
  readonly rules: readonly QualityRule[];
  /** How long RAW keeps rows. null: for ever. */
  readonly retentionSeconds: number | null;
  readonly description: string | null;
}

/** One problem of a contract or configuration file. */
export interface Problem {
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  /** The place in the document: `schema[0].properties[2].physicalType`. */
  readonly path: string;
  readonly problem: string;
  readonly remedy: string;
  readonly severity: 'error' | 'warning';
}
