// The entry of the page.
import { html, render } from './lib/html.js';
import { followTheme } from './lib/prefs.js';
import { start } from './api/credential.js';
import { App } from './shell/app.js';

followTheme();
render(html`<${App} />`, document.getElementById('app'));
start();
