// The operations of an OpenAPI document, as forms need them.
/** @typedef {{name: string, where: 'path'|'query'|'body', required: boolean, schema: any, description: string, example: any}} Parameter */

/** Follows `$ref` within the document. */
export function resolve(document, node, depth = 0) {
  if (!node?.$ref || depth > 20) return node ?? {};
  const target = node.$ref.replace(/^#\//, '').split('/').reduce((at, part) => at?.[part.replaceAll('~1', '/').replaceAll('~0', '~')], document);
  return resolve(document, target, depth + 1);
}

export function operationsOf(document) {
  const found = [];
  for (const [path, item] of Object.entries(document.paths ?? {})) {
    for (const method of ['get', 'post', 'put', 'patch', 'delete']) {
      const operation = item[method];
      if (!operation) continue;
      found.push(describe(document, path, method.toUpperCase(), item, operation));
    }
  }
  return found;
}

function describe(document, path, method, item, operation) {
  const parameters = [...(item.parameters ?? []), ...(operation.parameters ?? [])]
    .map((each) => resolve(document, each))
    .filter((each) => each.in === 'path' || each.in === 'query')
    .map((each) => ({ name: each.name, where: each.in, required: Boolean(each.required), schema: resolve(document, each.schema), description: each.description ?? '', example: exampleOf(each) }));
  const body = resolve(document, operation.requestBody);
  const media = body.content?.['application/json'];
  const schema = resolve(document, media?.schema);
  const fields = flatProperties(document, schema);
  if (fields) {
    const example = exampleOf(media) ?? {};
    for (const [name, raw] of Object.entries(fields.properties)) {
      const property = resolve(document, raw);
      parameters.push({ name, where: 'body', required: fields.required.includes(name), schema: property, description: property.description ?? '', example: example[name] ?? exampleOf(property) });
    }
  }
  const answers = Object.entries(operation.responses ?? {}).map(([status, answer]) => ({ status, description: resolve(document, answer).description ?? '' }));
  const socket = path.startsWith('/ws/');
  return {
    id: operation.operationId ?? `${method} ${path}`,
    method: socket ? 'WS' : method,
    path,
    tag: operation.tags?.[0] ?? 'other',
    summary: operation.summary ?? '',
    description: operation.description ?? '',
    permission: operation['x-permission'] ?? '',
    limit: operation['x-rate-limit'] ?? '',
    deprecated: Boolean(operation.deprecated),
    parameters,
    body: media ? { required: Boolean(body.required), schema, free: !fields, example: exampleOf(media) } : null,
    answers,
    stream: Object.keys(resolve(document, operation.responses?.['200']).content ?? {}).includes('text/event-stream'),
  };
}

function exampleOf(node) {
  if (node?.example !== undefined) return node.example;
  if (Array.isArray(node?.examples)) return node.examples[0];
  const first = node?.examples && Object.values(node.examples)[0];
  return first?.value ?? node?.schema?.example;
}

/** The properties of an object, those of `allOf` and of all branches of `oneOf` and `anyOf` together; null where a form cannot show it. */
function flatProperties(document, schema, depth = 0) {
  if (!schema || depth > 6) return null;
  const parts = [...(schema.allOf ?? []), ...(schema.oneOf ?? []), ...(schema.anyOf ?? [])].map((part) => flatProperties(document, resolve(document, part), depth + 1)).filter(Boolean);
  const own = schema.properties ? [{ properties: schema.properties, required: schema.required ?? [] }] : [];
  const all = [...own, ...parts];
  if (!all.length) return null;
  const choices = Boolean(schema.oneOf || schema.anyOf);
  return { properties: Object.assign({}, ...all.map((part) => part.properties)), required: choices ? (schema.required ?? []) : all.flatMap((part) => part.required) };
}

/** What was typed, as JSON of the field's type. Throws with the name of the field. */
export function valueOf(parameter, text) {
  const types = [parameter.schema.type ?? (parameter.schema.oneOf ?? parameter.schema.anyOf ?? []).map((each) => each.type)].flat().filter(Boolean);
  if (text === '') return undefined;
  if (types.includes('string') || !types.length) return text;
  if (types.includes('boolean')) return text === 'true';
  if (types.includes('integer') || types.includes('number')) {
    const number = Number(text);
    if (Number.isNaN(number)) throw new Error(`${parameter.name}: a number is needed`);
    return number;
  }
  if (types.includes('array') && !text.trim().startsWith('[')) {
    return text.split(',').map((part) => part.trim()).filter(Boolean).map((part) => (parameter.schema.items?.type === 'integer' ? Number(part) : part));
  }
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`${parameter.name}: JSON is needed`);
  }
}

/** Method, path, query and body of what a form holds. `values`: `{where.name: text}`. */
export function requestOf(operation, values, free = '') {
  let path = operation.path;
  const query = {};
  const body = {};
  for (const parameter of operation.parameters) {
    const text = values[`${parameter.where}.${parameter.name}`] ?? '';
    if (parameter.required && text === '') throw new Error(`${parameter.name}: needed`);
    if (parameter.where === 'path') path = path.replace(`{${parameter.name}}`, encodeURIComponent(text));
    else if (text === '') continue;
    else if (parameter.where === 'query') query[parameter.name] = text;
    else body[parameter.name] = valueOf(parameter, text);
  }
  let json;
  if (operation.body) {
    if (operation.body.free) json = free.trim() ? JSON.stringify(JSON.parse(free)) : undefined;
    else if (operation.body.required || Object.keys(body).length) json = JSON.stringify(body);
  }
  return { method: operation.method, path, query, body: json };
}

const quote = (text) => `'${text.replaceAll("'", "'\\''")}'`;
/** A line that a shell takes as it is. The header stands in double quotes, so that `$PROFILE_API_KEY` is filled in. */
export function curlLine({ method, path, query, body }, header, origin) {
  const search = new URLSearchParams(query).toString();
  return ['curl', '-s', ...(method === 'GET' ? [] : ['-X', method]), '-H', `"${header}"`, ...(body === undefined ? [] : ['-H', quote('Content-Type: application/json'), '-d', quote(body)]), quote(`${origin}${path}${search ? `?${search}` : ''}`)].join(' ');
}
