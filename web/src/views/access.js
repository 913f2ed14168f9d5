import { html } from '../lib/html.js';

export default function Access({ route }) {
  return html`<div class="page"><h1>Access</h1><p>${route.parameter}</p></div>`;
}
