import type { OptionSpec } from './command.ts';

/** Options of every command, before or after its name. */
export const GLOBAL_OPTIONS: readonly OptionSpec[] = [
  {
    flag: '--workspace',
    value: 'DIR',
    summary: 'the workspace (default: the nearest folder upward with a lean-ops.yaml)',
    completes: 'folder',
  },
  {
    flag: '--target',
    value: 'PLACE',
    summary: 'the place to work on: embedded (default) or aws',
    completes: ['embedded', 'aws'],
  },
  { flag: '--env', value: 'ENV', summary: 'with --target aws: the environment (default: dev)' },
  {
    flag: '--profile',
    value: 'PROFILE',
    summary: 'with --target aws: the profile, as for the AWS CLI (default: AWS_PROFILE)',
  },
  {
    flag: '--region',
    value: 'REGION',
    summary: 'with --target aws: the region, as for the AWS CLI (default: AWS_REGION)',
  },
  {
    flag: '--json',
    summary: 'print one JSON document to standard output, and text for people to standard error',
  },
  { flag: '--quiet', summary: 'print no progress and no notes; commands that do work print failures only' },
];
