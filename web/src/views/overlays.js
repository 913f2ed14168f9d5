import { html } from '../lib/html.js';

export default function Overlays({ route }) {
  return html`<div class="page"><h1>Overlays</h1><p>${route.parameter}</p></div>`;
}
