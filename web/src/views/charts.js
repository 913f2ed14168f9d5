import { html } from '../lib/html.js';

export default function Charts({ route }) {
  return html`<div class="page"><h1>Charts</h1><p>${route.parameter}</p></div>`;
}
