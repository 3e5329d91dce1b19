const DECIMAL = /^decimal\((\d+),\s*(\d+)\)$/;

export interface DecimalType {
  readonly precision: number;
  readonly scale: number;
}

/** Precision and scale of 'decimal(9, 2)'; null for other types. */
export function decimalType(type: string): DecimalType | null {
  const match = DECIMAL.exec(type);
  return match === null ? null : { precision: Number(match[1]), scale: Number(match[2]) };
}

/** The type changes of format v2 that old files can follow (spec: Schema Evolution). */
export function canPromote(from: string, to: string): boolean {
  if (from === 'int' && to === 'long') return true;
  if (from === 'float' && to === 'double') return true;
  const old = decimalType(from);
  const wider = decimalType(to);
  return old !== null && wider !== null && old.scale === wider.scale && wider.precision >= old.precision;
}
