import type { ColumnType, PathSegment } from '../contract/model.ts';

/**
 * What differs between engines. Every function takes and gives SQL expression text, if not said otherwise.
 * What is not here is written once, in SQL that both engines understand.
 */
export interface Dialect {
  readonly name: 'duckdb' | 'spark';
  /** Columns of the relation `target` that say where a live row stands; empty where MERGE finds it by key. */
  readonly locator: readonly string[];
  identifier(name: string): string;
  /** A string literal. */
  text(value: string): string;
  type(type: ColumnType): string;
  /** One array of token texts, in the order of the paths: NULL where absent, `null` where JSON null. One parse. */
  tokens(json: string, paths: readonly (readonly PathSegment[])[]): string;
  /** `index` counts from 0; a number, or an expression. */
  element(array: string, index: number | string): string;
  /** The text that a string token stands for. */
  unquote(token: string): string;
  /** A text as a JSON string token. */
  quote(text: string): string;
  /** A relation of (columns of `relation`, member): one row for each member of the JSON object in `token`. */
  members(relation: string, token: string): string;
  /** The token of an object's member; `object` and `member` are expressions. */
  member(object: string, member: string): string;
  /** Whether the whole text matches. */
  matches(text: string, pattern: string): string;
  /**
   * The same for a contract's pattern (src/contract/pattern.ts) on a value of any length: in time that grows with the
   * value alone, so that no message can hold up the others.
   */
  matchesPattern(text: string, pattern: string): string;
  castOrNull(value: string, type: string): string;
  /** timestamptz from microseconds since 1970. */
  fromMicros(micros: string): string;
  /** Microseconds since 1970 of a timestamptz. */
  toMicros(timestamp: string): string;
  /** Microseconds since 1970 of the text `YYYY-MM-DD hh:mm:ss[.ffffff]` read as UTC; NULL where no such time is. */
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
