import { html } from '../lib/html.js';

export default function People({ route }) {
  return html`<div class="page"><h1>People</h1><p>${route.parameter}</p></div>`;
}
