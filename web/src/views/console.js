import { html } from '../lib/html.js';

export default function Console({ route }) {
  return html`<div class="page"><h1>Console</h1><p>${route.parameter}</p></div>`;
}
