/** The form of a text. 'precise': a timestamp with non-zero digits beyond microseconds. */
export type TextForm = 'timestamp' | 'precise' | 'date';

const RFC3339 =
  /^\d{4}-\d{2}-\d{2}T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.(\d+))?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/;
const DATE = /^\d{4}-\d{2}-\d{2}$/;

/** Every form that the text has. Empty for plain text. */
export function textFormsOf(text: string): readonly TextForm[] {
  // Most texts are neither: this check is cheap.
  if (text.length < 10 || text[4] !== '-') return [];
  if (DATE.test(text)) return isCalendarDay(text) ? ['date'] : [];
  const match = RFC3339.exec(text);
  if (match === null || !isCalendarDay(text)) return [];
  return /[1-9]/.test((match[2] ?? '').slice(6)) ? ['timestamp', 'precise'] : ['timestamp'];
}

function isCalendarDay(text: string): boolean {
  const date = new Date(`${text.slice(0, 10)}T00:00:00Z`);
  return (
    !Number.isNaN(date.getTime()) &&
    date.toISOString().startsWith(text.slice(0, 10)) &&
    !Number.isNaN(Date.parse(text.replace(' ', 'T')))
  );
}
