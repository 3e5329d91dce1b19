import { createHmac } from 'node:crypto';
import { LeanOpsError } from '../../errors/error.ts';
import { noticeJson } from '../../quality/alerts/notice-words.ts';
import type { AlertSink } from '../../quality/alerts/sink.ts';

export interface WebhookOptions {
  readonly url: string;
  /** Signs each call; never logged. Read when there is something to tell. */
  readonly secret: () => Promise<string>;
  /** Which workspace speaks: the name of its folder. */
  readonly workspace: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly wait: (ms: number) => Promise<void>;
  /** For one attempt; default 5 s. */
  readonly timeoutMs?: number;
}

/** A run waits for it at its end, so it is short; what fails now is told with the next run. */
const TIMEOUT_MS = 5_000;
const WAITS_MS = [500, 2_000] as const;

/** What one attempt came to: null is success. */
type Refusal = { readonly detail: string; readonly transient: boolean } | null;

/**
 * One signed POST for all notices that are due: `{workspace, notices}`. The header `Lean-Ops-Signature: t=T,v1=HEX`
 * holds the HMAC-SHA256 of `T.BODY` (T: seconds since 1970), so a receiver can tell forgeries and old copies. Only
 * 2xx is success; a redirect is refused, for it would hand the notices to somebody nobody named.
 */
export function webhookSink(options: WebhookOptions): AlertSink {
  return {
    name: 'webhook',
    send: async (notices) => {
      const body = JSON.stringify({ workspace: options.workspace, notices: notices.map(noticeJson) });
      const secret = await options.secret();
      let refusal = await post(options, secret, body);
      for (const wait of WAITS_MS) {
        if (refusal === null || !refusal.transient) break;
        await options.wait(wait);
        refusal = await post(options, secret, body);
      }
      if (refusal === null) return;
      throw new LeanOpsError('ALERT_NOT_DELIVERED', {
        // Not the whole address: such addresses carry secrets.
        operation: `telling ${new URL(options.url).host} of alerts`,
        detail: refusal.detail,
      });
    },
  };
}

async function post(options: WebhookOptions, secret: string, body: string): Promise<Refusal> {
  const seconds = Math.floor(options.now() / 1_000);
  try {
    const response = await fetch(options.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'lean-ops-signature': signature(secret, seconds, body),
      },
      body,
      redirect: 'manual',
      signal: AbortSignal.timeout(options.timeoutMs ?? TIMEOUT_MS),
    });
    await response.body?.cancel();
    return refusalOf(response.status);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const timedOut = error.name === 'TimeoutError';
    return { detail: timedOut ? 'no answer in time' : `no connection: ${causeOf(error)}`, transient: true };
  }
}

function signature(secret: string, seconds: number, body: string): string {
  return `t=${seconds},v1=${createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')}`;
}

function refusalOf(status: number): Refusal {
  if (status >= 200 && status < 300) return null;
  if (status >= 300 && status < 400) return { detail: `it redirects (HTTP ${status})`, transient: false };
  const transient = status >= 500 || status === 408 || status === 425 || status === 429;
  return { detail: `it answered HTTP ${status}`, transient };
}

/** `fetch` hides the operating system's code in the cause. */
function causeOf({ cause, name }: Error): string {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : name;
}
