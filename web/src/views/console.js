// Console: each operation of the service as a form, with the request and the answer side by side.
import { html, useEffect, useMemo, useRef, useState } from '../lib/html.js';
import { useStore } from '../lib/store.js';
import { get, PREFIX, request } from '../api/http.js';
import { curlHeader, account, can, permissionsOf } from '../api/credential.js';
import { onAir } from '../lib/prefs.js';
import { bytes, time } from '../lib/format.js';
import { Copy, Skeleton } from '../ui/basics.js';
import { Problem } from '../ui/problem.js';
import { Answer, takeAnswer } from '../console/answer.js';
import { curlLine, operationsOf, requestOf } from '../console/document.js';
import { OperationForm } from '../console/form.js';
import { OpenConsole } from '../console/socket_console.js';
import { current } from '../shell/app.js';
import { navigate, pathTo } from '../shell/router.js';

const open = [{ id: 'websocket', method: 'WS', path: '/ws/events/{id}', tag: 'open connections', summary: 'Each frame of a socket' }, { id: 'event-stream', method: 'SSE', path: '/sessions/{id}/stream', tag: 'open connections', summary: 'Each event of a stream' }];
const history = [];

export default function Console({ route }) {
  const [document_, setDocument] = useState(null);
  const [error, setError] = useState(null);
  const [words, setWords] = useState('');
  useEffect(() => void get('/openapi.json').then(setDocument, setError), []);
  const operations = useMemo(() => [...(document_ ? operationsOf(document_).filter((each) => each.method !== 'WS') : []), ...open], [document_]);
  const chosen = operations.find((each) => each.id === route.parameter);
  const tags = [...new Set(operations.map((each) => each.tag))];
  const fits = (each) => `${each.method} ${each.path} ${each.id} ${each.summary}`.toLowerCase().includes(words.toLowerCase());
  return html`<div class="console">
    <nav class=${`op-list ${chosen ? 'has-chosen' : ''}`} aria-label="Operations">
      <div class="op-search"><label class="sr" for="op-search">Find an operation</label><input id="op-search" type="search" placeholder="Find a route" value=${words} onInput=${(event) => setWords(event.currentTarget.value)} /></div>
      ${error && html`<div class="op-missing"><p class="hint">${error.status === 404 ? 'This service has no /openapi.json: its routes cannot be listed. Sockets and event streams can be tried.' : error.message}</p></div>`}
      ${!document_ && !error && html`<${Skeleton} rows=${10} />`}
      ${tags.map((tag) => {
        const list = operations.filter((each) => each.tag === tag && fits(each));
        return list.length > 0 && html`<section><h2>${tag}</h2><ul>${list.map((each) => html`<li><a href=${pathTo('console', each.id)} aria-current=${each.id === route.parameter ? 'page' : undefined}><span class=${`method ${each.method}`}>${each.method}</span><span class="op-path">${each.path}</span></a></li>`)}</ul></section>`;
      })}
    </nav>
    <div class="op-main">
      ${chosen ? html`<${Operation} key=${chosen.id} operation=${chosen} route=${route} />` : route.parameter && document_ ? html`<div class="empty"><h1>No operation ${route.parameter}</h1></div>` : html`<div class="empty"><h1>Console</h1><p>Choose a route. Requests go out with your own credential, to the service behind this page.</p><p><a href="/docs" target="_blank" rel="noreferrer">The same routes in Swagger UI</a></p></div>`}
    </div>
  </div>`;
}

function Operation({ operation, route }) {
  const { me } = useStore(account);
  const air = useStore(onAir);
  const session = useStore(current);
  const stays = operation.method === 'WS' || operation.method === 'SSE';
  const [values, setValues] = useState(() => initial(operation, route.query, session));
  const [free, setFree] = useState(() => (operation.body?.free ? JSON.stringify(operation.body.example ?? {}, null, 2) : ''));
  const [answer, setAnswer] = useState(null);
  const [error, setError] = useState(null);
  const [busy, setBusy] = useState(false);
  const [real, setReal] = useState(false);
  const form = useRef(null);
  const stop = useRef(null);
  useEffect(() => () => stop.current?.abort(), []);
  if (stays) return html`<article class="op"><header><h1><span class=${`method ${operation.method}`}>${operation.method}</span> <code>${operation.path}</code></h1></header><${OpenConsole} kind=${operation.method} session=${session} /></article>`;
  const built = attempt(() => requestOf(operation, values, free));
  const curl = built.request ? curlLine(built.request, curlHeader(real && !air), location.origin + PREFIX) : '';
  const send = async (event) => {
    event.preventDefault();
    setError(null);
    if (!built.request) return setError({ message: built.message, code: 'FORM' });
    setBusy(true);
    stop.current = new AbortController();
    try {
      const { method, path, query, body } = built.request;
      const found = await takeAnswer(() => request(method, path, { query, body, signal: stop.current.signal }));
      setAnswer(found);
      history.unshift({ at: Date.now(), id: operation.id, method, path, status: found.status, ms: Math.round(found.ms), size: found.size, values: { ...values } });
      history.length = Math.min(history.length, 30);
    } catch (failure) {
      if (failure.name !== 'AbortError') setError(failure);
    } finally {
      setBusy(false);
    }
    return undefined;
  };
  const lacks = operation.permission && !['–', 'authenticated', 'none'].includes(operation.permission) && !can(operation.permission, me);
  const link = () => location.origin + addressOf(operation.id, values);
  return html`<article class="op">
    <header class="op-head"><h1><span class=${`method ${operation.method}`}>${operation.method}</span> <code>${operation.path}</code></h1>
      <p>${operation.summary}${operation.permission ? html` <span class="hint">· needs <code>${operation.permission}</code></span>` : ''}${operation.limit ? html` <span class="hint">· limit ${operation.limit}</span>` : ''}</p>
      ${operation.description && operation.description !== operation.summary && html`<p class="hint op-text">${operation.description.replace(/\[([^\]]+)\]\([^)]*\)/g, '$1').replaceAll('`', '')}</p>`}
      ${lacks && html`<p class="band">This route needs <code>${operation.permission}</code>; you have ${permissionsOf(me).join(', ')}. The answer will be 403.</p>`}</header>
    <div class="op-sides"><div class="op-body">
      <form class="op-form" ref=${form} noValidate onSubmit=${send}>
        <${OperationForm} operation=${operation} values=${values} set=${(name, text) => setValues((old) => ({ ...old, [name]: text }))} free=${free} setFree=${setFree} />
        <div class="row"><button class="button primary" disabled=${busy}>${busy ? 'Waiting…' : 'Send'}</button>
          ${busy && html`<button type="button" class="button" onClick=${() => stop.current?.abort()}>Stop</button>`}
          <${Copy} label="Copy link" text=${link} /></div>
      </form>
      <div class="command"><code class="mono">${curl || built.message}</code>${curl && html`<${Copy} small label="curl" text=${curl} />`}</div>
      <label class="check hint"><input type="checkbox" checked=${real && !air} disabled=${air} onChange=${(event) => setReal(event.currentTarget.checked)} />with my real credential</label>
    </div><div class="op-body">
      ${error && html`<${Problem} error=${error} />`}
      ${answer && html`<${Answer} answer=${answer} secret=${/^.(auth|monitoring)/.test(operation.path)} />`}
      ${operation.answers.length > 0 && html`<details open=${!answer}><summary>Answers it can give</summary><dl class="members">${operation.answers.map(({ status, description }) => html`<div><dt>${status}</dt><dd>${description}</dd></div>`)}</dl></details>`}
      ${history.length > 0 && html`<details><summary>Sent from here: ${history.length}</summary><ul class="lines">${history.map((entry) => html`<li><span class="figure"><code>${entry.method} ${entry.path}</code> <span class="hint">${time(entry.at)} · ${entry.status} · ${entry.ms} ms · ${bytes(entry.size)}</span></span><button type="button" class="button small" onClick=${() => (entry.id === operation.id ? setValues(entry.values) : navigate(addressOf(entry.id, entry.values)))}>Take</button></li>`)}</ul></details>`}
    </div></div>
  </article>`;
}

/** A body may hold a password, so it is no part of an address. */
const addressOf = (id, values) => pathTo('console', id, Object.fromEntries(Object.entries(values).filter(([name, value]) => value !== '' && !name.startsWith('body.'))));

function attempt(build) {
  try {
    return { request: build(), message: '' };
  } catch (error) {
    return { request: null, message: error.message };
  }
}

/** Values of the address first, then the room that is looked at, then nothing: an example is a placeholder, never a value. */
function initial(operation, query, session) {
  const values = Object.fromEntries([...query].filter(([name]) => /^(path|query)\./.test(name)));
  if (operation.path?.startsWith('/sessions/{')) {
    const id = operation.parameters.find((parameter) => parameter.where === 'path');
    if (id && session && operation.method === 'GET') values[`path.${id.name}`] ??= session;
  }
  return values;
}
