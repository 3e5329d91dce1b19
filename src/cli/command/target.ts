/** The AWS environment that `--target aws` selects; profile and region have the meaning that the AWS CLI gives them. */
export interface AwsTarget {
  readonly env: string;
  readonly profile: string | undefined;
  readonly region: string | undefined;
}

/** A command line that runs in the place that the reader's command ran in. `target`: null means embedded. */
export function commandLineIn(target: AwsTarget | null, words: string): string {
  if (target === null) return `lean-ops ${words}`;
  const { env, profile, region } = target;
  return [
    `lean-ops ${words} --target aws --env ${env}`,
    ...(profile === undefined ? [] : [`--profile ${profile}`]),
    ...(region === undefined ? [] : [`--region ${region}`]),
  ].join(' ');
}
