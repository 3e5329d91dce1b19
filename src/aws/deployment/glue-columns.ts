import type { Column } from '@aws-sdk/client-glue';
import { decimalType } from '../../iceberg/promotion.ts';
import { primitiveType, type Schema } from '../../iceberg/schema.ts';

/** Iceberg's types by Glue's names, where these differ (Iceberg's IcebergToGlueConverter). */
const TYPES: Readonly<Record<string, string>> = {
  long: 'bigint',
  timestamptz: 'timestamp',
  uuid: 'string',
  time: 'string',
};

/** The columns that the catalog shows. Readers of Iceberg take the columns from the metadata instead. */
export function glueColumns(schema: Schema): Column[] {
  return schema.fields.map((field) => ({
    Name: field.name,
    Type: glueType(primitiveType(field)),
    ...(field.doc === undefined ? {} : { Comment: field.doc }),
    Parameters: {
      'iceberg.field.id': String(field.id),
      'iceberg.field.optional': String(!field.required),
      'iceberg.field.current': 'true',
    },
  }));
}

function glueType(type: string): string {
  // Glue writes no space after the comma.
  return decimalType(type) === null ? (TYPES[type] ?? type) : type.replace(' ', '');
}
