import type { OptionSpec } from './command.ts';

/** Holds everywhere, before or behind the command's name. */
export const GLOBAL_OPTIONS: readonly OptionSpec[] = [
  {
    flag: '--workspace',
    value: 'DIR',
    summary: 'the workspace; without it the nearest folder upward with a lean-ops.yaml',
    completes: 'folder',
  },
  {
    flag: '--target',
    value: 'HOME',
    summary: 'which home to look at: embedded (default) or aws',
    completes: ['embedded', 'aws'],
  },
  { flag: '--env', value: 'ENV', summary: 'with --target aws: the environment (default: dev)' },
  { flag: '--profile', value: 'PROFILE', summary: 'with --target aws: as of the AWS CLI (AWS_PROFILE)' },
  { flag: '--region', value: 'REGION', summary: 'with --target aws: as of the AWS CLI (AWS_REGION)' },
  { flag: '--json', summary: 'one JSON document on standard output, words for people on standard error' },
  { flag: '--quiet', summary: 'no progress and no notes; commands that do work speak only of failures' },
];
