import type { ColumnType, PathSegment } from '../contract/model.ts';

/**
 * What differs between engines. Unless a comment says otherwise, functions take and return SQL expressions as text. All
 * other SQL is written once, for both engines.
 */
export interface Dialect {
  readonly name: 'duckdb' | 'spark';
  /** Columns of the relation `target` that say where a live row is; empty if MERGE finds it by key. */
  readonly locator: readonly string[];
  identifier(name: string): string;
  /** A string literal. */
  text(value: string): string;
  type(type: ColumnType): string;
  /** One array of token texts, in the order of the paths: NULL if absent, `null` for JSON null. Parses once. */
  tokens(json: string, paths: readonly (readonly PathSegment[])[]): string;
  /** `index` counts from 0; a number, or an expression. */
  element(array: string, index: number | string): string;
  /** The text that a string token represents. */
  unquote(token: string): string;
  /** A text as a JSON string token. */
  quote(text: string): string;
  /** A relation of (columns of `relation`, member): one row per member of the JSON object in `token`. */
  members(relation: string, token: string): string;
  /** The token of an object's member; `object` and `member` are expressions. */
  member(object: string, member: string): string;
  /** Whether the whole text matches. */
  matches(text: string, pattern: string): string;
  /**
   * Whether the whole text matches a contract's pattern (src/contract/pattern.ts). The time is linear in the value, so
   * that no message can delay the others.
   */
  matchesPattern(text: string, pattern: string): string;
  castOrNull(value: string, type: string): string;
  /** timestamptz from microseconds since 1970. */
  fromMicros(micros: string): string;
  /** Microseconds since 1970 of a timestamptz. */
  toMicros(timestamp: string): string;
  /** Microseconds since 1970 of the text `YYYY-MM-DD hh:mm:ss[.ffffff]` read as UTC; NULL if there is no such time. */
  civilMicros(text: string): string;
  /** HMAC-SHA256 (lower-case hex) of a text, with the padded key blocks of the relation `masking_key` as `k`. */
  hmac(text: string): string;
  /** Lower-case hex of a text's UTF-8 bytes. */
  sha256(text: string): string;
  /** Aggregate: the value at the greatest tuple. */
  maxBy(value: string, tuple: readonly string[]): string;
  /** NULL-safe inequality. */
  differs(left: string, right: string): string;
}
