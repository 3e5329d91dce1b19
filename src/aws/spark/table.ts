import type { ColumnType, PartitionTransform } from '../../contract/model.ts';
import { TABLE_PROPERTIES } from '../../iceberg/define.ts';
import type { DerivedTable, TableColumn, TablePartition } from '../../semantic/tables.ts';
import { SPARK } from '../../sql/spark.ts';

/** A derived table for Spark: how to create it, and what an existing one must become. */
export interface SparkTable {
  /** Catalog, database and table, quoted. */
  readonly identifier: string;
  /** Field ids follow the columns' order, as in a workspace. */
  readonly create: string;
  /** Replaces all rows by those of a relation, in one commit. The table's UUID stays. */
  readonly replace: string;
  readonly columns: readonly {
    readonly name: string;
    /** As in Spark's schemas. */
    readonly type: string;
    /** Types of an existing column that may become this one (Iceberg specification, Schema Evolution). */
    readonly widens: readonly string[];
  }[];
  readonly partitions: readonly {
    readonly column: string;
    readonly transform: string;
    readonly sql: string;
  }[];
}

const FORMAT = { 'format-version': '2', ...TABLE_PROPERTIES };

/** The statements that create or evolve a derived table in Spark. `rows`: the query for its new rows. */
export function sparkTable(identifier: string, table: DerivedTable, rows: string): SparkTable {
  const properties = Object.entries(FORMAT).map(
    ([key, value]) => `${SPARK.text(key)} = ${SPARK.text(value)}`,
  );
  const partitions = table.partitions.map(partitionOf);
  const cut =
    partitions.length === 0 ? '' : `\nPARTITIONED BY (${partitions.map(({ sql }) => sql).join(', ')})`;
  const how = `USING iceberg${cut}\nTBLPROPERTIES (${properties.join(', ')})`;
  return {
    identifier,
    create: `CREATE TABLE IF NOT EXISTS ${identifier} (\n  ${table.columns.map(columnSql).join(',\n  ')})\n${how}`,
    replace: `CREATE OR REPLACE TABLE ${identifier} ${how}\nAS SELECT * FROM ${rows}`,
    columns: table.columns.map(({ name, type }) => ({ name, type: shown(type), widens: narrower(type) })),
    partitions,
  };
}

function columnSql({ name, type, required, doc }: TableColumn): string {
  const comment = doc === null ? '' : ` COMMENT ${SPARK.text(doc)}`;
  return `${SPARK.identifier(name)} ${SPARK.type(type)}${required ? ' NOT NULL' : ''}${comment}`;
}

function shown(type: ColumnType): string {
  return SPARK.type(type).toLowerCase().replaceAll(' ', '');
}

function narrower(type: ColumnType): readonly string[] {
  if (type.kind === 'long') return ['int'];
  if (type.kind === 'double') return ['float'];
  if (type.kind !== 'decimal') return [];
  const precisions = Array.from(
    { length: type.precision - Math.max(type.scale, 1) },
    (_, i) => type.precision - 1 - i,
  );
  return precisions.map((precision) => shown({ ...type, precision }));
}

function partitionOf({ column, transform }: TablePartition): SparkTable['partitions'][number] {
  const name = SPARK.identifier(column);
  return { column, transform: transformText(transform), sql: transformSql(name, transform) };
}

function transformText(transform: PartitionTransform): string {
  return transform.kind === 'bucket' ? `bucket[${transform.buckets}]` : transform.kind;
}

function transformSql(column: string, transform: PartitionTransform): string {
  switch (transform.kind) {
    case 'identity':
      return column;
    case 'bucket':
      return `bucket(${transform.buckets}, ${column})`;
    case 'hour':
    case 'day':
    case 'month':
      return `${transform.kind}s(${column})`;
  }
}
