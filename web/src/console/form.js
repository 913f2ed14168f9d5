// A form for one operation, made from its schemas.
import { html } from '../lib/html.js';

export function OperationForm({ operation, values, set, free, setFree }) {
  const groups = [['path', 'In the path'], ['query', 'In the query'], ['body', 'In the body']];
  return html`${groups.map(([where, title]) => {
    const fields = operation.parameters.filter((parameter) => parameter.where === where);
    if (!fields.length) return null;
    return html`<fieldset class="op-group"><legend>${title}</legend><div class="op-fields">${fields.map((parameter) => html`<${Input} key=${`${operation.id}.${where}.${parameter.name}`} parameter=${parameter} id=${`f-${where}-${parameter.name}`} value=${values[`${where}.${parameter.name}`] ?? ''} set=${(text) => set(`${where}.${parameter.name}`, text)} />`)}</div></fieldset>`;
  })}
  ${operation.body?.free && html`<fieldset class="op-group"><legend>Body, as JSON</legend><label class="sr" for="f-free">Body, as JSON</label><textarea id="f-free" class="mono" rows="6" spellcheck="false" value=${free} onInput=${(event) => setFree(event.currentTarget.value)}></textarea></fieldset>`}`;
}

function Input({ parameter, id, value, set }) {
  const { schema, required } = parameter;
  const type = [schema.type].flat().find((each) => each && each !== 'null');
  const choices = schema.enum ?? (type === 'boolean' ? ['true', 'false'] : null);
  const sentence = parameter.description.trim();
  const hint = [sentence && !/[.:!?)]$/.test(sentence) ? `${sentence}.` : sentence, schema.default !== undefined ? `Default: ${schema.default}.` : '', range(schema)].filter(Boolean).join(' ');
  const common = { id, required, value, 'aria-describedby': hint ? `${id}-hint` : undefined, onInput: (event) => set(event.currentTarget.value) };
  return html`<div class="field"><label for=${id}><code>${parameter.name}</code>${required ? html` <span class="needed">needed</span>` : html` <span class="hint">${type ?? ''}</span>`}</label>
    ${choices
      ? html`<select ...${common}><option value="">–</option>${choices.map((choice) => html`<option value=${String(choice)}>${String(choice)}</option>`)}</select>`
      : type === 'object' || (type === 'array' && schema.items?.type === 'object')
        ? html`<textarea ...${common} class="mono" rows="3" spellcheck="false" placeholder="JSON"></textarea>`
        : html`<input ...${common} type=${schema.format === 'password' || /password|api_key|token|code/.test(parameter.name) ? 'password' : type === 'integer' || type === 'number' ? 'number' : 'text'} step=${type === 'number' ? 'any' : undefined} autocomplete="off" spellcheck="false" placeholder=${parameter.example !== undefined ? String(typeof parameter.example === 'object' ? JSON.stringify(parameter.example) : parameter.example) : type === 'array' ? 'a, b, c' : ''} />`}
    ${hint && html`<p class="hint" id=${`${id}-hint`}>${hint}</p>`}
  </div>`;
}

function range(schema) {
  const { minimum: low, maximum: high, maxLength } = schema;
  if (low !== undefined && high !== undefined) return `${low} to ${high}.`;
  if (low !== undefined) return `At least ${low}.`;
  if (high !== undefined) return `At most ${high}.`;
  return maxLength ? `At most ${maxLength} characters.` : '';
}
