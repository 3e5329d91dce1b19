import type { ColumnType, PartitionTransform, Topic } from '../../contract/model.ts';
import type { TableRef } from '../../iceberg/catalog.ts';
import { createTable, evolveTable, replaceDefinition, type TableDefinition } from '../../iceberg/define.ts';
import type { PrimitiveType } from '../../iceberg/schema.ts';
import { loadTable, type Table } from '../../iceberg/table.ts';
import { RAW_NAMESPACE } from '../../raw/table.ts';
import type { BatchForm } from '../../semantic/batch-form.ts';
import {
  type DerivedTable,
  DRIFT_TABLE,
  driftTableName,
  ERRORS_TABLE,
  errorsTableName,
  SEMANTIC_NAMESPACE,
  semanticTable,
} from '../../semantic/tables.ts';
import type { Place } from '../place.ts';

/** The tables that one batch writes, with the contract's changes to them, which are not written yet. */
export interface TopicTables {
  /** The tables as they were before the batch; null: the table is new. */
  readonly before: { readonly semantic: Table | null; readonly errors: Table | null };
  readonly semantic: Table;
  readonly errors: Table;
  readonly drift: Table;
}

type TablesPlace = Pick<Place, 'catalog' | 'files' | 'paths' | 'clock'>;

/** A topic's RAW table in the catalog. */
export const rawTable = (topic: string): TableRef => ({ namespace: RAW_NAMESPACE, name: topic });
/** A table of the semantic namespace in the catalog: a topic's own, its errors or its drift. */
export const derivedTable = (name: string): TableRef => ({ namespace: SEMANTIC_NAMESPACE, name });

/** Loads, creates or evolves a topic's derived tables. `form` is the batch's: one that starts from empty tables redefines them. */
export async function topicTables(
  place: TablesPlace,
  topic: Topic,
  form: Pick<BatchForm, 'startsFrom'>,
): Promise<TopicTables> {
  const redefines = form.startsFrom === 'empty';
  const load = (name: string) => loadTable(place.files, place.catalog, derivedTable(name));
  const semantic = await load(topic.topic);
  const errors = await load(errorsTableName(topic.topic));
  const drift = await load(driftTableName(topic.topic));
  const next = (table: Table | null, name: string, definition: TableDefinition, replace: boolean): Table => {
    if (table === null) return newTable(place, derivedTable(name), definition);
    return replace ? replaceDefinition(table, definition) : evolveTable(table, definition);
  };
  return {
    before: { semantic, errors },
    semantic: next(semantic, topic.topic, definitionOf(semanticTable(topic)), redefines),
    errors: next(errors, errorsTableName(topic.topic), definitionOf(ERRORS_TABLE), redefines),
    drift: next(drift, driftTableName(topic.topic), definitionOf(DRIFT_TABLE), false),
  };
}

function newTable({ paths, clock }: TablesPlace, ref: TableRef, definition: TableDefinition): Table {
  return createTable(
    ref,
    `${paths.warehouse}/${ref.namespace}/${ref.name}`,
    crypto.randomUUID(),
    definition,
    clock(),
  );
}

function definitionOf(table: DerivedTable): TableDefinition {
  return {
    columns: table.columns.map(({ name, type, required, doc }) => ({
      name,
      type: icebergType(type),
      required,
      ...(doc === null ? {} : { doc }),
    })),
    partition: table.partitions.map(({ column, transform }) => ({
      column,
      transform: transformText(transform),
    })),
    properties: {},
  };
}

function icebergType(type: ColumnType): PrimitiveType {
  if (type.kind === 'json') return 'string';
  return type.kind === 'decimal' ? `decimal(${type.precision}, ${type.scale})` : type.kind;
}

function transformText(transform: PartitionTransform): string {
  return transform.kind === 'bucket' ? `bucket[${transform.buckets}]` : transform.kind;
}
