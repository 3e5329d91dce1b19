/** The AWS environment that `--target aws` selects; profile and region have the meaning that the AWS CLI gives them. */
export interface AwsTarget {
  readonly env: string;
  readonly profile: string | undefined;
  readonly region: string | undefined;
}

/** A command line that runs in the place that the reader's command ran in. `target`: null means embedded. */
export function commandLineIn(target: AwsTarget | null, words: string): string {
  const options = target === null ? [] : [['target', 'aws'], ...Object.entries(target)];
  const given = options.filter(([, value]) => value !== undefined);
  return ['lean-ops', words, ...given.flatMap(([name, value]) => [`--${name}`, value])].join(' ');
}
