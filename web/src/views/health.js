import { html } from '../lib/html.js';

export default function Health({ route }) {
  return html`<div class="page"><h1>Health</h1><p>${route.parameter}</p></div>`;
}
