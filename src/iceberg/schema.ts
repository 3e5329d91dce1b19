/** Iceberg's schema JSON, with the spec's own key names (spec: Appendix C). */

/** 'boolean', 'int', 'long', 'float', 'double', 'date', 'timestamptz', 'string', 'decimal(9, 2)', … */
export type PrimitiveType = string;

export interface StructType {
  readonly type: 'struct';
  readonly fields: readonly Field[];
}

export interface ListType {
  readonly type: 'list';
  readonly 'element-id': number;
  readonly element: FieldType;
  readonly 'element-required': boolean;
}

export interface MapType {
  readonly type: 'map';
  readonly 'key-id': number;
  readonly key: FieldType;
  readonly 'value-id': number;
  readonly value: FieldType;
  readonly 'value-required': boolean;
}

export type FieldType = PrimitiveType | StructType | ListType | MapType;

export interface Field {
  readonly id: number;
  readonly name: string;
  readonly required: boolean;
  readonly type: FieldType;
  readonly doc?: string;
}

export interface Schema extends StructType {
  readonly 'schema-id': number;
  readonly 'identifier-field-ids'?: readonly number[];
}

/** A column as a caller names it, before it has an id. */
export interface ColumnDefinition {
  readonly name: string;
  readonly type: PrimitiveType;
  readonly required: boolean;
  readonly doc?: string;
}
