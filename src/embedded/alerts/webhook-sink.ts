import { createHmac } from 'node:crypto';
import { LeanOpsError } from '../../errors/error.ts';
import { noticeJson } from '../../quality/alerts/notice-words.ts';
import type { AlertSink } from '../../quality/alerts/sink.ts';

export interface WebhookOptions {
  readonly url: string;
  /** Signs each request. Read only if there are notifications, and never logged. */
  readonly secret: () => Promise<string>;
  /** The name of the workspace's folder. */
  readonly workspace: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly wait: (ms: number) => Promise<void>;
  /** Limit of one attempt in milliseconds; default 5 s. */
  readonly timeoutMs?: number;
}

/** Short, because a run waits for it at its end. The next run sends failed notifications again. */
const TIMEOUT_MS = 5_000;
const WAITS_MS = [500, 2_000] as const;

/** The outcome of one attempt; null: success. */
type Refusal = { readonly detail: string; readonly transient: boolean } | null;

/**
 * Sends all due notifications in one signed POST: `{workspace, notices}`. The header `Lean-Ops-Signature: t=T,v1=HEX` has
 * the HMAC-SHA256 of `T.BODY` (T: seconds since 1970), so a receiver can detect forgeries and replays. Only 2xx is
 * success. Redirects are refused, because they would send the notifications to an address that nobody configured.
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
        // Only the host, because webhook addresses can contain secrets.
        operation: `sending notifications to ${new URL(options.url).host}`,
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
  if (status >= 300 && status < 400)
    return { detail: `the server redirects (HTTP ${status})`, transient: false };
  const transient = status >= 500 || status === 408 || status === 425 || status === 429;
  return { detail: `the server answered HTTP ${status}`, transient };
}

/** The operating system's error code, which `fetch` puts into the cause. */
function causeOf({ cause, name }: Error): string {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : name;
}
