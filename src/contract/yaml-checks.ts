import { type Alias, type Document, isScalar, type Node, visit, type YAMLMap } from 'yaml';

/** Each alias is read in full at its place, and none may contain another. So the expansion stays small. */
const MAX_ALIASES = 100;

export interface YamlChecks {
  /** The node that each alias refers to. */
  readonly targets: ReadonlyMap<Alias, Node>;
  readonly findings: readonly { readonly node: Node; readonly problem: string; readonly remedy: string }[];
}

/** Finds duplicate keys and aliases in one walk. The parser's own checks take quadratic time. */
export function checkYaml(document: Document.Parsed): YamlChecks {
  const targets = new Map<Alias, Node>();
  const findings: { node: Node; problem: string; remedy: string }[] = [];
  const anchors = new Map<string, Node>();
  let aliases = 0;
  visit(document, {
    Value: (_key, node) => {
      if (node.anchor !== undefined) anchors.set(node.anchor, node);
    },
    Map: (_key, node) => {
      if (node.anchor !== undefined) anchors.set(node.anchor, node);
      for (const key of repeatedKeys(node))
        findings.push({
          node: key,
          problem: 'one map has the same key twice',
          remedy: 'Keep one of the two.',
        });
    },
    Alias: (_key, alias) => {
      aliases += 1;
      if (aliases > MAX_ALIASES) {
        findings.push({
          node: alias,
          problem: `more than ${MAX_ALIASES} YAML aliases`,
          remedy: 'Write the repeated parts out.',
        });
        return visit.BREAK;
      }
      const target = anchors.get(alias.source);
      if (target !== undefined) targets.set(alias, target);
      const wrong = aliasProblem(alias, target);
      if (wrong !== null)
        findings.push({ node: alias, problem: wrong, remedy: 'Write the repeated part out.' });
      return undefined;
    },
  });
  return { targets, findings };
}

function aliasProblem(alias: Alias, target: Node | undefined): string | null {
  if (target === undefined) return `the alias *${alias.source} has no anchor &${alias.source} before it`;
  return holdsAlias(target)
    ? `the alias *${alias.source} refers to a part that itself contains aliases`
    : null;
}

function repeatedKeys(map: YAMLMap): readonly Node[] {
  const seen = new Set<unknown>();
  return map.items.flatMap(({ key }) => {
    if (!isScalar(key)) return [];
    const repeated = seen.has(key.value);
    seen.add(key.value);
    return repeated ? [key] : [];
  });
}

function holdsAlias(node: Node): boolean {
  let found = false;
  visit(node, {
    Alias: () => {
      found = true;
      return visit.BREAK;
    },
  });
  return found;
}
