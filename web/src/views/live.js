import { html } from '../lib/html.js';

export default function Live({ route }) {
  return html`<div class="page"><h1>Live</h1><p>${route.parameter}</p></div>`;
}
