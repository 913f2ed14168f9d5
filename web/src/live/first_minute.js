// A card for the first minute: the three things that one may do next. Closed, it does not come back in this browser.
import { html, useState } from '../lib/html.js';
import { useStore } from '../lib/store.js';
import { preference } from '../lib/prefs.js';
import { PREFIX } from '../api/http.js';
import { Copy, Icon, Tabs } from '../ui/basics.js';
import { focusFollow } from '../shell/app.js';
import { pathTo } from '../shell/router.js';

const card = preference('first', 'open');

const samples = {
  curl: (url) => `curl -N -H "X-API-Key: $PROFILE_API_KEY" \\\n  '${url}/stream'`,
  JavaScript: (url) => `const reply = await fetch('${url}/events?after=0', {\n  headers: { 'X-API-Key': process.env.PROFILE_API_KEY },\n});\nfor (const event of (await reply.json()).events) console.log(event.type);`,
  Python: (url) => `import json, os, urllib.request\nrequest = urllib.request.Request(\n    '${url}/events?after=0',\n    headers={'X-API-Key': os.environ['PROFILE_API_KEY']})\nfor event in json.load(urllib.request.urlopen(request))['events']:\n    print(event['type'])`,
};

export function FirstMinute({ session }) {
  const shown = useStore(card) === 'open';
  const [code, setCode] = useState(false);
  const [language, setLanguage] = useState('curl');
  if (!shown) return null;
  const text = samples[language](`${location.origin}${PREFIX}/sessions/${encodeURIComponent(session)}`);
  return html`<section class="first-minute" aria-label="First steps">
    <ul><li><button type="button" class="link" onClick=${focusFollow}>Follow another room</button></li>
    <li><a href=${pathTo('overlays', '', { session })}>Put this into OBS</a></li>
    <li><button type="button" class="link" aria-expanded=${code} onClick=${() => setCode(!code)}>Read it from your code</button></li></ul>
    <button type="button" class="button plain square" aria-label="Close the first steps" onClick=${() => card.set('closed')}><${Icon} name="close" /></button>
    ${code && html`<div class="sample"><${Tabs} label="Language" tabs=${Object.keys(samples).map((name) => [name, name])} chosen=${language} onChoose=${setLanguage} /><pre class="mono" tabindex="0" role="group" aria-label="Sample">${text}</pre><${Copy} small text=${text} /></div>`}
  </section>`;
}
