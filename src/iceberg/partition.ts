import { invariant } from '../errors/error.ts';
import { type Field, fieldByName, type PrimitiveType, primitiveType, type StructType } from './schema.ts';
import { parseTransform, type Transform, transformedType } from './transforms.ts';

/** Partition specs (spec: Partitioning), with the specification's key names. */

export interface PartitionField {
  readonly 'source-id': number;
  readonly 'field-id': number;
  readonly name: string;
  /** 'identity', 'hour', 'day', 'month', 'year', 'bucket[16]', 'void'. */
  readonly transform: string;
}

export interface PartitionSpec {
  readonly 'spec-id': number;
  readonly fields: readonly PartitionField[];
}

/** A partition field as a table definition names it, before it has an id. */
export interface PartitionDefinition {
  readonly column: string;
  readonly transform: string;
}

/** Partition field ids start after this number (spec: Partition Specs). */
export const PARTITION_FIELD_START = 999;

/** A partition field with everything that is needed to read and write its values. */
export interface ResolvedPartitionField {
  readonly id: number;
  readonly name: string;
  readonly source: Field;
  readonly sourceType: PrimitiveType;
  readonly transform: Transform;
  readonly resultType: PrimitiveType;
}

/** The fields of a spec with their types. A source column may exist only in an older schema, so all schemas are given. */
export function resolvePartition(
  spec: PartitionSpec,
  schemas: readonly StructType[],
): readonly ResolvedPartitionField[] {
  const columns = schemas.flatMap((schema) => schema.fields);
  return spec.fields.map((field) => {
    const source = columns.findLast((column) => column.id === field['source-id']);
    invariant(source !== undefined, `partition field ${field.name} has no source column`);
    const sourceType = primitiveType(source);
    const transform = parseTransform(field.transform);
    return {
      id: field['field-id'],
      name: field.name,
      source,
      sourceType,
      transform,
      resultType: transformedType(transform, sourceType),
    };
  });
}

/** The fields of a spec with ids. A field that any earlier spec had keeps its id (spec: Partition Evolution). */
export function assignPartitionFields(
  schema: StructType,
  earlier: readonly PartitionSpec[],
  definitions: readonly PartitionDefinition[],
  lastPartitionId: number,
): { readonly fields: readonly PartitionField[]; readonly lastPartitionId: number } {
  let lastId = lastPartitionId;
  const known = earlier.flatMap((spec) => spec.fields);
  const fields = definitions.map(({ column, transform }) => {
    const sourceId = fieldByName(schema, column).id;
    const same = known.find((field) => field['source-id'] === sourceId && field.transform === transform);
    if (same !== undefined) return same;
    lastId += 1;
    return {
      'source-id': sourceId,
      'field-id': lastId,
      name: partitionName(schema, column, transform),
      transform,
    };
  });
  return { fields, lastPartitionId: lastId };
}

/** As Spark names them: ts_day, id_bucket_16. Iceberg for Java refuses a name that a column already has. */
function partitionName(schema: StructType, column: string, transform: string): string {
  if (transform === 'identity') return column;
  let name = `${column}_${transform.replace('[', '_').replace(']', '')}`;
  while (schema.fields.some((field) => field.name === name)) name += '_';
  return name;
}
