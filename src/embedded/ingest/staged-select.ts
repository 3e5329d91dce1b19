import type { Micros } from '../../base/time.ts';
import { quoteText } from '../../duckdb/parquet/types.ts';
import {
  STAGED_COLUMNS,
  STAGED_CR,
  STAGED_DELIMITER,
  STAGED_JSON_COLUMNS,
  STAGED_LF,
  STAGED_NULL,
} from '../../raw/staging.ts';
import { RAW_COLUMNS } from '../../raw/table.ts';
import type { StagedFiles } from './row-files.ts';

/** Twice the largest row: payload and envelope of a record, and its other columns. Bytes. */
const MAX_LINE_BYTES = 4_000_000;

/** Values that all rows of a unit share. */
export interface UnitConstants {
  readonly topic: string;
  /** The prefix of the reception ids. */
  readonly sourcePrefix: string;
  readonly ingestionTs: Micros;
}

/** The query that reads a unit's staged files as rows of RAW. At least one file exists. */
export function stagedSelect(unit: StagedFiles, constants: UnitConstants): string {
  const selects: string[] = [];
  if (unit.plain !== null) selects.push(fileSelect(unit.plain, constants, false));
  if (unit.awkward !== null) selects.push(fileSelect(unit.awkward, constants, true));
  return selects.join(' UNION ALL ');
}

function fileSelect(file: string, constants: UnitConstants, isAwkward: boolean): string {
  const columns = RAW_COLUMNS.map(({ name }) => `${columnSql(name, constants, isAwkward)} AS ${name}`);
  return `SELECT ${columns.join(', ')} FROM ${readSql(file)}`;
}

function columnSql(name: string, constants: UnitConstants, isAwkward: boolean): string {
  if (name === 'topic_name') return quoteText(constants.topic);
  if (name === 'ingestion_ts') return microsSql(String(constants.ingestionTs));
  if (name === 'publish_time') return microsSql('publish_time');
  if (name === 'source') return `${quoteText(constants.sourcePrefix)} || source`;
  if (!isAwkward || !STAGED_JSON_COLUMNS.includes(name)) return name;
  return `replace(replace(${name}, chr(${STAGED_CR}), chr(13)), chr(${STAGED_LF}), chr(10))`;
}

function microsSql(micros: string): string {
  return `make_timestamptz(${micros})`;
}

function readSql(file: string): string {
  const columns = STAGED_COLUMNS.map(({ name, type }) => {
    return `${quoteText(name)}: ${quoteText(type === 'micros' ? 'BIGINT' : 'VARCHAR')}`;
  });
  const options = [
    'auto_detect = false',
    'header = false',
    `delim = chr(${STAGED_DELIMITER})`,
    "quote = ''",
    "escape = ''",
    "comment = ''",
    `nullstr = chr(${STAGED_NULL})`,
    String.raw`new_line = '\n'`,
    `max_line_size = ${MAX_LINE_BYTES}`,
    `columns = {${columns.join(', ')}}`,
  ];
  return `read_csv(${quoteText(file)}, ${options.join(', ')})`;
}
