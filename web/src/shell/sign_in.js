// The sign-in card: a key first, name and password second, and the command that makes a key.
import { html, useEffect, useRef, useState } from '../lib/html.js';
import { useStore } from '../lib/store.js';
import { account, signInWithKey, signInWithPassword } from '../api/credential.js';
import { get, link } from '../api/http.js';
import { CommandLine, Field, Icon } from '../ui/basics.js';
import { useCountdown } from '../ui/problem.js';

const makeKey = 'profile-api keys create --user me';

export function SignIn({ again = false }) {
  const { problem } = useStore(account);
  const [byName, setByName] = useState(false);
  const [error, setError] = useState(problem);
  const [busy, setBusy] = useState(false);
  const first = useRef(null);
  const seconds = useCountdown(error?.retryAt ?? 0);
  useEffect(() => setError(problem), [problem]);
  useEffect(() => first.current?.focus(), [byName]);
  const submit = async (event) => {
    event.preventDefault();
    const form = event.currentTarget;
    const data = new FormData(form);
    setBusy(true);
    setError(null);
    try {
      if (byName) await signInWithPassword(String(data.get('username')).trim(), String(data.get('password')), data.has('stay'));
      else await signInWithKey(String(data.get('key')).trim());
    } catch (failure) {
      form.querySelectorAll('input[type=password]').forEach((input) => (input.value = ''));
      setError({ message: failure.message, retryAt: failure.retryAt, status: failure.status });
      first.current?.focus();
    } finally {
      setBusy(false);
    }
  };
  return html`<section class="card sign-in" aria-labelledby="sign-in-title">
    ${!again && html`<p class="brand"><${Icon} name="logo" />Profile <span class="amp">&</span> Engagement</p>`}
    ${again ? html`<h2 id="sign-in-title">Signed out</h2>` : html`<h1 id="sign-in-title">Sign in to see your rooms</h1>`}
    ${again && html`<p>The credential has ended. The rows stay readable; they are frozen until you sign in.</p>`}
    <form onSubmit=${submit}>
      ${byName
        ? html`<${Field} id="username" label="Name"><input id="username" name="username" ref=${first} autocomplete="username" required autocapitalize="none" spellcheck="false" /><//>
            <${Field} id="password" label="Password"><input id="password" name="password" type="password" autocomplete="current-password" required aria-describedby=${error ? 'sign-in-fault' : undefined} /><//>
            <label class="check"><input type="checkbox" name="stay" />Keep me signed in in this tab <span class="hint">(keeps a refresh token in the tab’s session storage)</span></label>`
        : html`<${Field} id="key" label="Key"><input id="key" name="key" ref=${first} type="password" autocomplete="off" required spellcheck="false" aria-invalid=${error ? 'true' : undefined} aria-describedby=${error ? 'sign-in-fault' : undefined} /><//>`}
      ${error && html`<p class="fault" id="sign-in-fault" role="alert"><span aria-hidden="true">▲ </span>${error.message}${error.status === 401 || error.code ? '. Nothing was stored.' : ''}${error.code ? ' A code works once, for 15 minutes: a new start of the service prints another one.' : ''}</p>`}
      <div class="row">
        <button class="button primary" disabled=${busy || seconds > 0}>${seconds > 0 ? `Again in ${seconds} s` : busy ? 'Signing in…' : 'Sign in'}</button>
        <button type="button" class="button plain" onClick=${() => (setError(null), setByName(!byName))}>${byName ? 'Use a key' : 'Use name and password'}</button>
      </div>
    </form>
    <div class="aside"><p>No key? Make one where the service runs:</p><${CommandLine}>${makeKey}<//>
      <p class="hint">Nothing is stored in this browser: a reload asks again.</p></div>
  </section>`;
}

/** The whole page while nobody is signed in. */
export function SignedOut() {
  const { ok } = useStore(link);
  const [service, setService] = useState(null);
  useEffect(() => {
    let timer = 0;
    let alive = true;
    const ask = async () => {
      const answer = await get('/healthcheck', undefined, { anonymous: true, timed: true }).catch(() => null);
      if (!alive) return;
      setService(answer);
      timer = setTimeout(ask, answer ? 15_000 : 2000);
    };
    ask();
    return () => {
      alive = false;
      clearTimeout(timer);
    };
  }, []);
  return html`<main class="signed-out" id="main">
    <${SignIn} />
    <p class="service-line" role="status">
      ${ok && service
        ? html`<span class="shape ok" aria-hidden="true">●</span> Service ${service.version} answers · <a href="/docs" target="_blank" rel="noreferrer">Documentation</a>`
        : html`<span class="shape bad" aria-hidden="true">▲</span> The service does not answer yet. Start it with <code>profile-api serve</code>; this page looks again every 2 s.`}
    </p>
  </main>`;
}
