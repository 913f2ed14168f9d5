// Consoles for what stays open: WebSockets and event streams, each frame as it comes, close codes with their meaning.
import { html, useEffect, useRef, useState } from '../lib/html.js';
import { PREFIX, withQuery } from '../api/http.js';
import { ticket } from '../api/credential.js';
import { readEvents } from '../api/sse.js';
import { bytes, count, time } from '../lib/format.js';
import { closeMeaning } from '../live/stream.js';
import { escapeControls } from '../live/inspector.js';
import { Problem } from '../ui/problem.js';

const KEPT = 500;

export function OpenConsole({ kind, session: first }) {
  const [session, setSession] = useState(first);
  const [route, setRoute] = useState('events');
  const [query, setQuery] = useState(kind === 'WS' ? 'batch=0' : '');
  const [text, setText] = useState('{"type":"ping"}');
  const [open, setOpen] = useState(false);
  const [error, setError] = useState(null);
  const [, redraw] = useState(0);
  const frames = useRef([]);
  const total = useRef(0);
  const stop = useRef(null);
  const dirty = useRef(false);
  const gone = useRef(false);
  useEffect(() => {
    const timer = setInterval(() => dirty.current && ((dirty.current = false), redraw((n) => n + 1)), 200);
    return () => {
      clearInterval(timer);
      gone.current = true;
      stop.current?.();
    };
  }, []);
  const add = (kindOf, data) => {
    total.current++;
    frames.current.push({ at: Date.now(), kind: kindOf, data: data.slice(0, 4000), size: data.length, n: total.current });
    if (frames.current.length > KEPT) frames.current.splice(0, frames.current.length - KEPT);
    dirty.current = true;
  };
  const start = async (event) => {
    event.preventDefault();
    if (open) return stop.current?.();
    setError(null);
    frames.current = [];
    total.current = 0;
    const parameters = Object.fromEntries(new URLSearchParams(query));
    const id = encodeURIComponent(session.trim());
    try {
      setOpen(true);
      if (kind === 'WS') {
        const once = await ticket(session.trim());
        if (gone.current) return undefined;
        const socket = new WebSocket(location.origin.replace(/^http/, 'ws') + PREFIX + withQuery(`/ws/${route}/${id}`, { ...parameters, ticket: once }));
        stop.current = () => socket.close(1000);
        stop.current.send = (data) => (socket.send(data), add('sent', data));
        add('note', `opening /ws/${route}/${session}`);
        socket.onopen = () => add('note', 'open');
        socket.onmessage = ({ data }) => add('frame', data);
        socket.onclose = ({ code, reason }) => {
          add('note', `closed with ${code}${reason ? ` “${reason}”` : ''}: ${closeMeaning[code] ?? 'no meaning is known'}`);
          stop.current = null;
          setOpen(false);
        };
      } else {
        const abort = new AbortController();
        stop.current = () => abort.abort();
        const status = await readEvents(`/sessions/${id}/stream`, { query: parameters, signal: abort.signal, onOpen: () => add('note', 'open'), onEvent: (message) => add('frame', message.comment ? `: ${message.comment}` : `event: ${message.event}\nid: ${message.id}\n${message.data}`) }).catch((failure) => {
          if (failure.name !== 'AbortError') throw failure;
          return 'stopped here';
        });
        add('note', `ended: ${status}`);
        stop.current = null;
        setOpen(false);
      }
    } catch (failure) {
      setError(failure);
      setOpen(false);
    }
    return undefined;
  };
  return html`<div class="op-body"><p>${kind === 'WS' ? 'Opens a real socket with a ticket, and shows each frame.' : 'Reads the event stream with your credential as a header, and shows each event.'}</p>
    <form class="op-form" onSubmit=${start}><div class="op-fields">
      ${kind === 'WS' && html`<div class="field"><label for="ws-route">Socket</label><select id="ws-route" value=${route} disabled=${open} onChange=${(event) => setRoute(event.currentTarget.value)}><option value="events">/ws/events/{id}</option><option value="comments">/ws/comments/{id}</option></select></div>`}
      <div class="field"><label for="ws-session">Session</label><input id="ws-session" value=${session} required disabled=${open} onInput=${(event) => setSession(event.currentTarget.value)} /></div>
      <div class="field"><label for="ws-query">Query</label><input id="ws-query" class="mono" value=${query} disabled=${open} placeholder="types=comment&after=0" onInput=${(event) => setQuery(event.currentTarget.value)} /></div></div>
      <div class="row"><button class="button primary">${open ? 'Close' : 'Open'}</button>
      ${kind === 'WS' && html`<label class="sr" for="ws-send">Message</label><input id="ws-send" class="mono send" value=${text} onInput=${(event) => setText(event.currentTarget.value)} /><button type="button" class="button" disabled=${!open} onClick=${() => stop.current?.send?.(text)}>Send</button>`}</div>
    </form>
    ${error && html`<${Problem} error=${error} />`}
    <p class="hint figure" role="status">${count(total.current)} frames${total.current > KEPT ? `, the last ${KEPT} are here` : ''}</p>
    <ol class="frames" tabindex="0" aria-label="Frames, newest first">${frames.current.slice(-100).reverse().map((frame) => html`<li key=${frame.n} class=${`ws-frame ${frame.kind}`}><span class="hint figure">${time(frame.at)} · ${frame.kind}${frame.kind === 'note' ? '' : ` · ${bytes(frame.size)}`}</span><code class="mono">${escapeControls(frame.data)}</code></li>`)}</ol>
  </div>`;
}
