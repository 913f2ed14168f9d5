// The parameters of an overlay as fields.
import { html } from '../lib/html.js';
import { Field } from '../ui/basics.js';
import { defaultOf, parameters, takes } from '../../overlay/parameters.js';
import { complaint, defaultText } from './design.js';
import { groups, names } from './fields.js';

/** `texts`: what was typed. `onChange(name, text)`. */
export function DesignForm({ kind, texts, onChange }) {
  return groups.map(([title, members]) => html`<fieldset class="design-group" key=${title}>
    <legend>${title}</legend>
    ${members.filter((name) => takes(kind, name) && !parameters[name].flag).map((name) => html`<${Parameter} key=${name} kind=${kind} name=${name} text=${texts[name] ?? ''} onChange=${(text) => onChange(name, text)} />`)}
    <div class="switches">${members.filter((name) => takes(kind, name) && parameters[name].flag).map((name) => html`<label class="check" key=${name}><input type="checkbox" checked=${(texts[name] || defaultText(kind, name)) === '1'} onChange=${(event) => onChange(name, event.currentTarget.checked ? '1' : '0')} />${names[name][0]}</label>`)}</div>
  </fieldset>`);
}

function Parameter({ kind, name, text, onChange }) {
  const { of, range } = parameters[name];
  const [label, hint, placeholder] = names[name];
  const fallback = defaultText(kind, name);
  const id = `design-${name}`;
  const error = complaint(kind, name, text);
  const words = of?.(kind);
  const take = (event) => onChange(event.currentTarget.value.trim());
  if (Array.isArray(defaultOf(kind, name))) {
    if (words) return html`<${Choices} label=${label} hint=${hint} words=${words} text=${text || fallback} onChange=${onChange} />`;
  } else if (words) {
    return html`<${Field} id=${id} label=${label} hint=${hint}><select id=${id} value=${error ? fallback : text || fallback} onChange=${take}>${words.map((word) => html`<option value=${word}>${word}</option>`)}</select><//>`;
  }
  const shared = { id, value: text, onInput: take, 'aria-invalid': error ? 'true' : undefined, 'aria-describedby': error ? `${id}-fault` : hint ? `${id}-hint` : undefined };
  return html`<${Field} id=${id} label=${label} hint=${hint} error=${error && `${label} ${error}`}>
    ${range && name !== 'safe'
      ? html`<input type="number" min=${range[0]} max=${range[1]} placeholder=${fallback} ...${shared} />`
      : html`<input type="text" autocomplete="off" spellcheck="false" placeholder=${placeholder ?? fallback} ...${shared} />`}
  <//>`;
}

/** Words of a list, each on or off. */
function Choices({ label, hint, words, text, onChange }) {
  const chosen = text.split(',').filter(Boolean);
  const toggle = (word) => onChange(words.filter((each) => (each === word ? !chosen.includes(each) : chosen.includes(each))).join(','));
  return html`<div class="choices" role="group" aria-label=${label}>
    <p class="choices-label">${label}${hint && html` <span class="hint">${hint}</span>`}</p>
    <div class="choices-list">${words.map((word) => html`<label class="check" key=${word}><input type="checkbox" checked=${chosen.includes(word)} onChange=${() => toggle(word)} />${word}</label>`)}</div>
  </div>`;
}
