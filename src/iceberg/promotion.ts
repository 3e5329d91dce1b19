const DECIMAL = /^decimal\((\d+),\s*(\d+)\)$/;

/** Digits in total, and digits after the point. */
export interface DecimalType {
  readonly precision: number;
  readonly scale: number;
}

/** Precision and scale of 'decimal(9, 2)'; null for other types. */
export function decimalType(type: string): DecimalType | null {
  const match = DECIMAL.exec(type);
  return match === null ? null : { precision: Number(match[1]), scale: Number(match[2]) };
}

/** Whether format v2 lets a column change its type while old files stay readable (spec: Schema Evolution). */
export function canPromote(from: string, to: string): boolean {
  if (from === 'int' && to === 'long') return true;
  if (from === 'float' && to === 'double') return true;
  const old = decimalType(from);
  const wider = decimalType(to);
  return old !== null && wider !== null && old.scale === wider.scale && wider.precision >= old.precision;
}
