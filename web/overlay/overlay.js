// An overlay: reads its address, follows one session, and draws one kind.
import { el, stopMotion } from './dom.js';
import { API, authorization, isHeader, openLink } from './link.js';
import { readParameters, readPath, typesOf } from './parameters.js';
import { useToken } from './pictures.js';
import { createPosition, isStale, restorable, SHOWN_AFTER, showsCut } from './position.js';
import { createTexts } from './texts.js';
import { dress } from './look.js';

const place = readPath(location.pathname);
if (place) {
  start(place).catch((error) => {
    console.error(error);
    setTimeout(() => location.reload(), 5000); // a part of the script did not come
  });
} else {
  console.error('overlay: the address must be /overlay/SESSION/KIND; kinds: chat, gifts, goal, leaderboard, viewers');
}

/** From the fragment, which no server, proxy or log ever sees. */
function readToken() {
  const token = new URLSearchParams(location.hash.slice(1)).get('t');
  if (token) return token;
  const query = new URLSearchParams(location.search).get('token');
  if (query) console.warn('overlay: a token in the query can end up in logs; write it as #t=… at the end of the address');
  return query ?? '';
}

async function start({ session, kind }) {
  const { values, problems } = readParameters(kind, location.search);
  for (const { name, message } of problems) console.warn(`overlay: ${name}: ${message}`);
  const texts = await createTexts(values.lang);
  const reduced = matchMedia('(prefers-reduced-motion: reduce)');
  const still = () => stopMotion(!values.motion || reduced.matches);
  reduced.addEventListener('change', still);
  still();
  const root = dress(kind, values, texts);
  const line = document.body.appendChild(el('div.status'));
  line.setAttribute('role', 'status');
  const framed = parent !== window;
  const token = readToken();
  const types = typesOf(kind, values);

  const ask = async (path) => {
    const answer = await fetch(`${API}/sessions/${encodeURIComponent(session)}${path}`, { headers: authorization(token), signal: AbortSignal.timeout(10_000) });
    if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
    return answer.json();
  };
  const live = isHeader(token) && !values.demo;
  const isCards = kind === 'chat' || kind === 'gifts';
  const view = isCards ? (await import('./cards.js')).createCards(root, kind, values, texts) : (await import('./figures.js')).createFigures(root, kind, values, texts, live ? ask : null);

  // One loop draws; it runs while something is due.
  let asked = false;
  const draw = () => {
    asked = false;
    if (view.step(Date.now()) && !document.hidden) plan();
  };
  function plan() {
    if (asked) return;
    asked = true;
    requestAnimationFrame(draw);
  }
  setInterval(() => (document.hidden ? view.step(Date.now()) : plan()), 500);
  /** OBS says here whether the source is on screen; what came meanwhile is not shown late. */
  addEventListener('obsSourceVisibleChanged', plan);
  addEventListener('obsSourceActiveChanged', plan);
  addEventListener('visibilitychange', plan);

  // What is shown about the connection: nothing, a cut after 10 s, or that the token is not valid.
  let lostSince = 0;
  let refused = false;
  let pretended = false;
  function tell() {
    const word = refused ? 'invalid' : pretended || showsCut(lostSince, Date.now()) ? 'reconnecting' : '';
    line.textContent = word && (values.status || refused) ? texts.say(word) : '';
    document.body.classList.toggle('is-refused', refused);
  }
  if (values.demo || framed) {
    const { emulations, play } = await import('./demo.js');
    const emit = (event) => {
      if (types.includes(event.type)) view.take(event, false, Date.now());
      plan();
    };
    // The builder's buttons. Nobody else may frame this page, and what they ask for is chosen from a list.
    addEventListener('message', ({ source, origin, data }) => {
      if (source !== parent || origin !== location.origin || data?.overlay !== 'emulate' || typeof data.what !== 'string') return;
      if (data.what === 'reconnect') {
        pretended = true;
        tell();
        setTimeout(() => ((pretended = false), tell()), 4000);
      } else if (Object.hasOwn(emulations, data.what)) {
        emulations[data.what](emit);
      }
    });
    if (values.demo) play(emit, kind);
    if (framed) parent.postMessage({ overlay: 'ready' }, location.origin);
  }
  if (!live) {
    refused = !values.demo && !framed;
    if (refused) console.error(`overlay: the address has ${token ? 'something that is no token' : 'no token'}: #t=st_…`);
    tell();
    return;
  }

  useToken(token);
  const store = `overlay ${location.pathname} ${types}`;
  const stored = readStored(store);
  const position = createPosition(stored);
  const again = restorable(stored, values.hold, Date.now());
  let from = isCards ? again.from : undefined; // only the first connection looks back
  let version = '';
  let newVersion = false;
  let everOpen = false;

  const link = openLink({
    session,
    types,
    token,
    // The figures hold what was before, so only cards go on from where a reload was.
    query: () => position.query(from),
    onHello(hello) {
      if (position.begin(hello)) view.anew(Date.now());
      from = undefined;
      version ||= hello.version ?? '';
      newVersion = version !== '' && hello.version !== version;
    },
    onEvents(events) {
      const now = link.now();
      for (const event of events) {
        if (position.take(event)) view.take(event, isStale(event, now), Date.now());
        else if (again.cards.has(event.offset)) view.restore(event, again.cards.get(event.offset), Date.now());
      }
      plan();
    },
    onState(state) {
      refused = state === 'refused';
      if (state === 'open') [everOpen, lostSince] = [true, 0];
      else if (everOpen) lostSince ||= Date.now();
      tell();
      if (lostSince) setTimeout(tell, lostSince + SHOWN_AFTER - Date.now() + 1);
    },
  });

  const keep = () => {
    try {
      sessionStorage.setItem(store, JSON.stringify({ ...position.get(), cards: view.shown() }));
    } catch {
      // Storage may be full or forbidden: then a reload begins with what comes next.
    }
  };
  addEventListener('pagehide', keep);
  setInterval(() => {
    keep();
    if (newVersion && view.isEmpty()) location.reload();
  }, 1000);
  keepShell();
}

function readStored(name) {
  try {
    return JSON.parse(sessionStorage.getItem(name));
  } catch {
    return null;
  }
}

/** The worker opens the overlay while the service is down; OBS would show an empty source until somebody refreshes it. */
function keepShell() {
  if (!navigator.serviceWorker) return; // neither localhost nor https
  const address = '/overlay-sw.js';
  const policy = globalThis.trustedTypes?.createPolicy('sw', { createScriptURL: (url) => (url === address ? url : '') });
  navigator.serviceWorker.register(policy ? policy.createScriptURL(address) : address, { scope: '/overlay/', updateViaCache: 'none' }).catch((error) => console.info(`overlay: ${error.message}`));
}
