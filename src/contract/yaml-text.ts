/** Builds YAML line by line, with comments at the ends of lines. */
export class YamlText {
  private readonly lines: string[] = [];

  line(indent: number, text: string, comment?: string): void {
    this.lines.push(`${' '.repeat(indent)}${text}${comment === undefined ? '' : `  # ${comment}`}`);
  }

  comment(indent: number, text: string): void {
    this.lines.push(`${' '.repeat(indent)}# ${text}`);
  }

  toString(): string {
    return `${this.lines.join('\n')}\n`;
  }
}

/** A string as a YAML scalar that reads back as the same string: JSON's strings are YAML's (YAML 1.2, 1.3). */
export function yamlString(text: string): string {
  const plain = /^[A-Za-z_][A-Za-z0-9_]*$/.test(text) && !/^(true|false|null|yes|no|on|off|y|n)$/i.test(text);
  return plain ? text : JSON.stringify(text);
}
