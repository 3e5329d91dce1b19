const HOUR_MINUTES = 60;
/** Up to this many hours are shown as hours: 36 h reads better than 1 d 12 h. */
const MAX_HOURS = 48;

/** Milliseconds as text for people: 340 ms, 2.1 s, 3 min 20 s, 2 h 5 min, 12 d 3 h. A zero part is omitted. */
export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${Number((ms / 1_000).toFixed(1))} s`;
  const minutes = Math.floor(ms / 60_000);
  if (minutes < HOUR_MINUTES) return parts([minutes, 'min'], [Math.floor((ms % 60_000) / 1_000), 's']);
  const hours = Math.floor(minutes / HOUR_MINUTES);
  if (hours < MAX_HOURS) return parts([hours, 'h'], [minutes % HOUR_MINUTES, 'min']);
  return parts([Math.floor(hours / 24), 'd'], [hours % 24, 'h']);
}

function parts(...all: readonly (readonly [number, string])[]): string {
  const shown = all.filter(([amount]) => amount > 0);
  return shown.map(([amount, unit]) => `${grouped(String(amount))} ${unit}`).join(' ');
}

/** Digits of a whole number in groups of three. Not with Intl: loading it takes as long as the rest of a short command. */
export function grouped(digits: string): string {
  return digits.replace(/\B(?=(\d{3})+$)/g, ',');
}
