// An error as a reader needs it: what happened, what to do, and what to hand to the operator.
import { html, useEffect, useState } from '../lib/html.js';
import { permissionsOf } from '../api/credential.js';
import { Copy } from './basics.js';

/** What to do next, by code; the server's own sentence stands before it. */
const next = {
  UNREACHABLE: 'Is `profile-api tester` still running? The page tries again by itself.',
  HTTP_502: 'The tester answers, but the service behind it does not. Start `profile-api serve`; the page tries again by itself.',
  UPSTREAM: 'The tester answers, but the service behind it does not. Start `profile-api serve`; the page tries again by itself.',
  AUTHENTICATION_FAILED: 'Sign in again with a key that is still valid.',
  AUTHENTICATION_REQUIRED: 'Sign in again.',
  SERVICE_UNAVAILABLE: 'The service is starting, stopping or busy. Try again in a moment.',
  DATABASE_ERROR: 'Look at Health; the log of the service has the reason under the correlation id.',
};

const reasons = {
  user_not_found: 'Check the spelling: the name is the one in the address of the profile, not the nickname.',
  blocked: 'TikTok refuses this address. Wait some minutes, or use another way out (see docs/operations.md).',
  sign_rate_limited: 'The sign server has no signatures left for now.',
};

export function adviceFor(error) {
  if (error.code === 'RATE_LIMIT_EXCEEDED') return '';
  return reasons[error.details?.reason] ?? next[error.code] ?? '';
}

/** Seconds until `at`, counted down. */
export function useCountdown(at) {
  const left = () => Math.max(0, Math.ceil((at - Date.now()) / 1000));
  const [seconds, set] = useState(left());
  useEffect(() => {
    set(left());
    if (!at || at < Date.now()) return undefined;
    const timer = setInterval(() => set(left()), 1000);
    return () => clearInterval(timer);
  }, [at]);
  return seconds;
}

export function Problem({ error, onRetry, title = '' }) {
  const seconds = useCountdown(error.retryAt ?? 0);
  const advice = adviceFor(error);
  return html`<div class="problem" role="alert">
    <p class="problem-title"><span class="shape bad" aria-hidden="true">▲</span> ${title && html`<strong>${title}: </strong>`}${error.message}</p>
    ${advice && html`<p>${advice}</p>`}
    ${seconds > 0 && html`<p>Possible again in <span class="figure">${seconds} s</span>.</p>`}
    <p class="problem-foot">
      <code class="mono">${error.code}${error.correlationId ? ` · ${error.correlationId}` : ''}</code>
      ${error.correlationId && html`<${Copy} small text=${`${error.code} ${error.path} ${error.correlationId}`} label="Copy for a ticket" />`}
      ${onRetry && html`<button type="button" class="button small" disabled=${seconds > 0} onClick=${onRetry}>Try again</button>`}
    </p>
  </div>`;
}

/** A link led to what this caller may not do. */
export const Missing = ({ permission, me }) =>
  html`<div class="empty"><p>Needs <code>${permission}</code>. You have ${permissionsOf(me).map((name, i) => html`${i ? ', ' : ''}<code>${name}</code>`)}.</p><p>An admin can give it: <code>profile-api keys create --permissions</code>.</p></div>`;
