import type { Context } from 'aws-lambda';
import { PREFIX } from './infrastructure.ts';

let requests = 0;

/** The context that Lambda passes with an event: each call is a new request, with 30 s left. */
export function lambdaContext(): Context {
  requests += 1;
  const ignored = (): undefined => undefined;
  return {
    awsRequestId: `request-${requests}`,
    callbackWaitsForEmptyEventLoop: false,
    functionName: `${PREFIX}-function`,
    functionVersion: '1',
    invokedFunctionArn: `arn:aws:lambda:eu-central-1:123456789012:function:${PREFIX}-function`,
    memoryLimitInMB: '512',
    logGroupName: 'group',
    logStreamName: 'stream',
    getRemainingTimeInMillis: () => 30_000,
    done: ignored,
    fail: ignored,
    succeed: ignored,
  };
}
