import type { ColumnType, PathSegment } from '../contract/model.ts';
import type { Dialect } from './dialect.ts';

/** Spark's parser reads backslash escapes in literals, and reads two quotes in a row as two literals that it concatenates. */
const text = (value: string): string => `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

function type(of: ColumnType): string {
  switch (of.kind) {
    case 'string':
    case 'json':
      return 'STRING';
    case 'long':
      return 'BIGINT';
    case 'decimal':
      return `DECIMAL(${of.precision}, ${of.scale})`;
    case 'timestamptz':
      return 'TIMESTAMP';
    case 'int':
    case 'float':
    case 'double':
    case 'boolean':
    case 'date':
      return of.kind.toUpperCase();
  }
}

const path = (segments: readonly PathSegment[]): readonly (string | number)[] =>
  segments.map((segment) => (segment.kind === 'key' ? segment.key : segment.index));

/**
 * Java's regular expressions backtrack. With one repeated character, this is fast. With several, it may never end. Each
 * repetition of a group uses stack: a value of 2,000 characters made a whole job fail.
 */
const simple = (pattern: string): boolean =>
  !/\)[*+{]/.test(pattern) && (pattern.match(/[*+]|\{[0-9]+,/g) ?? []).length <= 1;

/** `substr` without the first and last character. */
const inner = (value: string): string => `substr(${value}, 2, length(${value}) - 2)`;

const quote = (value: string): string =>
  `CASE WHEN ${value} IS NOT NULL THEN ${inner(`to_json(array(${value}))`)} END`;

/** RLIKE searches for a part of the text, and $ also matches before a final line break. */
const matches = (value: string, pattern: string): string => `${value} RLIKE ${text(`\\A(?:${pattern})\\z`)}`;

/**
 * Spark 3.5 with ANSI mode off and UTC as session time zone. Its own JSON functions cannot give tokens: they hide
 * whether a token was a string, and print a number as Java prints the nearest double (1.0E7), which sorts and hashes
 * differently. So tokens come from the job's function `json_tokens` (modules/semantic/json_tokens.py),
 * which prints them as DuckDB does.
 */
export const SPARK: Dialect = Object.freeze({
  name: 'spark',
  locator: [],
  identifier: (name) => `\`${name.replaceAll('`', '``')}\``,
  text,
  type,
  tokens: (json, paths) => `json_tokens(${json}, ${text(JSON.stringify(paths.map(path)))})`,
  element: (array, index) => `${array}[${index}]`,
  unquote: (token) =>
    `CASE WHEN contains(${token}, ${text('\\')}) THEN get_json_object(${token}, '$') ELSE ${inner(token)} END`,
  quote,
  members: (relation, token) => `(SELECT *, explode(json_object_keys(${token})) AS member FROM ${relation})`,
  member: (object, member) => `json_tokens(${object}, concat('[[', ${quote(member)}, ']]'))[0]`,
  matches,
  matchesPattern: (value, pattern) =>
    simple(pattern) ? matches(value, pattern) : `matches_whole(${value}, ${text(pattern)})`,
  castOrNull: (value, to) => `try_cast(${value} AS ${to})`,
  fromMicros: (micros) => `timestamp_micros(${micros})`,
  toMicros: (timestamp) => `unix_micros(${timestamp})`,
  civilMicros: (value) => `unix_micros(try_cast(${value} AS TIMESTAMP))`,
  hmac: (value) => `sha2(concat(k.opad, unhex(sha2(concat(k.ipad, encode(${value}, 'UTF-8')), 256))), 256)`,
  sha256: (value) => `sha2(${value}, 256)`,
  maxBy: (value, tuple) =>
    `max_by(${value}, struct(${tuple.map((part, index) => `${part} AS f${index}`).join(', ')}))`,
  differs: (left, right) => `NOT (${left} <=> ${right})`,
} satisfies Dialect);
