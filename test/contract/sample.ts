import { loadContract } from '../../src/contract/load.ts';
import type { Problem, Topic } from '../../src/contract/model.ts';

/** A small contract. `properties` and `rest` are YAML blocks with their final indentation. */
export function contractText(properties: string, rest = ''): string {
  return `apiVersion: v3.1.0
kind: DataContract
id: 4f5a
version: 1.0.0
status: active
schema:
  - name: orders
    properties:
${properties}
customProperties:
  - {property: envelope, value: bare}
  - {property: publishTime, value: updated_at}
${rest}`;
}

export const ORDER_ID = `      - name: order_id
        logicalType: string
        primaryKey: true`;

/** One column named `it` besides the key. `lines` are the rest of its property. */
export function oneColumn(lines: readonly string[]): string {
  return contractText([ORDER_ID, '      - name: it', ...lines.map((line) => `        ${line}`)].join('\n'));
}

export function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

export function load(text: string, file = 'topics/orders.odcs.yaml'): ReturnType<typeof loadContract> {
  return loadContract(file, encode(text));
}

export function topicOf(text: string): Topic {
  const loaded = load(text);
  if (!loaded.ok) throw new Error(`not sound:\n${describe(loaded.problems)}`);
  return loaded.topic;
}

export function errorsOf(text: string, file?: string): readonly Problem[] {
  const loaded = load(text, file);
  return loaded.ok ? [] : loaded.problems.filter(({ severity }) => severity === 'error');
}

export function describe(problems: readonly Problem[]): string {
  return problems
    .map(({ line, path, problem, remedy }) => `${line} ${path}: ${problem} — ${remedy}`)
    .join('\n');
}

/** 1-based line of the `# !` in a text. */
export function markedLine(text: string): number {
  return text.split('\n').findIndex((line) => line.includes('# !')) + 1;
}
