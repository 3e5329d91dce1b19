import type { AvroSchema } from './avro-file.ts';
import type { ResolvedPartitionField } from './partition.ts';
import { decimalType } from './promotion.ts';
import type { PrimitiveType } from './schema.ts';

/** The Avro schemas of manifests and manifest lists, with the field ids of the specification (spec: Manifests). */

type AvroField = Readonly<Record<string, unknown>>;

const required = (id: number, name: string, type: AvroSchema): AvroField => ({ name, type, 'field-id': id });

const optional = (id: number, name: string, type: AvroSchema): AvroField => ({
  name,
  type: ['null', type],
  default: null,
  'field-id': id,
});

const list = (elementId: number, items: AvroSchema): AvroSchema => ({
  type: 'array',
  items,
  'element-id': elementId,
});

/** Avro's maps have only text keys, so the specification stores a list of pairs. */
const idMap = (keyId: number, valueId: number, value: AvroSchema): AvroSchema => ({
  type: 'array',
  logicalType: 'map',
  items: {
    type: 'record',
    name: `k${keyId}_v${valueId}`,
    fields: [required(keyId, 'key', 'int'), required(valueId, 'value', value)],
  },
});

/** Spec Appendix A: Avro data type mappings. */
function avroValueType(type: PrimitiveType, name: string): AvroSchema {
  const decimal = decimalType(type);
  if (decimal !== null) {
    return { type: 'fixed', name, size: decimalBytes(decimal.precision), logicalType: 'decimal', ...decimal };
  }
  switch (type) {
    case 'boolean':
    case 'int':
    case 'long':
    case 'float':
    case 'double':
    case 'string':
      return type;
    case 'date':
      return { type: 'int', logicalType: 'date' };
    case 'time':
      return { type: 'long', logicalType: 'time-micros' };
    case 'timestamp':
    case 'timestamptz':
      return { type: 'long', logicalType: 'timestamp-micros', 'adjust-to-utc': type === 'timestamptz' };
    default:
      return 'bytes';
  }
}

/** The smallest number of bytes that holds every unscaled value of the precision. */
export function decimalBytes(precision: number): number {
  const largest = 10n ** BigInt(precision) - 1n;
  return Math.ceil((largest.toString(2).length + 1) / 8);
}

/** The schema of a manifest whose files have these partition fields. */
export function manifestSchema(partition: readonly ResolvedPartitionField[]): AvroSchema {
  return {
    type: 'record',
    name: 'manifest_entry',
    fields: [
      required(0, 'status', 'int'),
      optional(1, 'snapshot_id', 'long'),
      optional(3, 'sequence_number', 'long'),
      optional(4, 'file_sequence_number', 'long'),
      required(2, 'data_file', dataFileSchema(partition)),
    ],
  };
}

function dataFileSchema(partition: readonly ResolvedPartitionField[]): AvroSchema {
  const partitionFields = partition.map((field) =>
    optional(field.id, field.name, avroValueType(field.resultType, `p${field.id}`)),
  );
  return {
    type: 'record',
    name: 'r2',
    fields: [
      required(134, 'content', 'int'),
      required(100, 'file_path', 'string'),
      required(101, 'file_format', 'string'),
      required(102, 'partition', { type: 'record', name: 'r102', fields: partitionFields }),
      required(103, 'record_count', 'long'),
      required(104, 'file_size_in_bytes', 'long'),
      optional(108, 'column_sizes', idMap(117, 118, 'long')),
      optional(109, 'value_counts', idMap(119, 120, 'long')),
      optional(110, 'null_value_counts', idMap(121, 122, 'long')),
      optional(137, 'nan_value_counts', idMap(138, 139, 'long')),
      optional(125, 'lower_bounds', idMap(126, 127, 'bytes')),
      optional(128, 'upper_bounds', idMap(129, 130, 'bytes')),
      optional(131, 'key_metadata', 'bytes'),
      optional(132, 'split_offsets', list(133, 'long')),
      optional(135, 'equality_ids', list(136, 'int')),
      optional(140, 'sort_order_id', 'int'),
      optional(143, 'referenced_data_file', 'string'),
    ],
  };
}

/** The schema of every manifest list. */
export const MANIFEST_LIST_SCHEMA: AvroSchema = {
  type: 'record',
  name: 'manifest_file',
  fields: [
    required(500, 'manifest_path', 'string'),
    required(501, 'manifest_length', 'long'),
    required(502, 'partition_spec_id', 'int'),
    required(517, 'content', 'int'),
    required(515, 'sequence_number', 'long'),
    required(516, 'min_sequence_number', 'long'),
    required(503, 'added_snapshot_id', 'long'),
    required(504, 'added_files_count', 'int'),
    required(505, 'existing_files_count', 'int'),
    required(506, 'deleted_files_count', 'int'),
    required(512, 'added_rows_count', 'long'),
    required(513, 'existing_rows_count', 'long'),
    required(514, 'deleted_rows_count', 'long'),
    optional(
      507,
      'partitions',
      list(508, {
        type: 'record',
        name: 'r508',
        fields: [
          required(509, 'contains_null', 'boolean'),
          optional(518, 'contains_nan', 'boolean'),
          optional(510, 'lower_bound', 'bytes'),
          optional(511, 'upper_bound', 'bytes'),
        ],
      }),
    ),
    optional(519, 'key_metadata', 'bytes'),
  ],
};
