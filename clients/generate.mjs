#!/usr/bin/env node
// Writes the types of events for both clients from the JSON Schemas of api/events. `--check` writes nothing and fails where a
// file is not what it would write. `--from FOLDER`: another folder than api.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';

const top = resolve(import.meta.dirname, '..');
const option = (name) => (process.argv.includes(name) ? process.argv[process.argv.indexOf(name) + 1] : undefined);
const api = resolve(option('--from') ?? join(top, 'api'));
const pascal = (text) => text.replace(/(^|[^A-Za-z0-9]+)([A-Za-z0-9])/g, (_, __, letter) => letter.toUpperCase());
const singular = (text) => text.replace(/ies$/, 'y').replace(/s$/, '');
const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
const fail = (message) => {
  console.error(message);
  process.exit(1);
};
const read = (path) => JSON.parse(readFileSync(path, 'utf8'));

/** The schema that a reference names, with the file in which it stands and a name for its type. */
function followed(ref, file) {
  const component = /^#\/components\/schemas\/(.+)$/.exec(ref);
  const [path, pointer] = component ? [undefined, undefined] : ref.split('#');
  const snake = component && component[1].replace(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase();
  const candidates = component ? [component[1], snake].map((name) => join(api, 'schemas', `${name}.json`)) : [path ? resolve(dirname(file), path) : file];
  const found = candidates.find(existsSync) ?? fail(`${relative(top, file)}: ${ref} names no file`);
  const parts = (pointer ?? '').split('/').slice(1);
  const schema = parts.reduce((at, part) => at?.[part] ?? fail(`${relative(top, file)}: ${ref} names nothing`), read(found));
  return { schema, file: found, name: schema.title ?? pascal(parts.at(-1) ?? basename(found, '.json')) };
}

// A type is { kind: name | literal | plain | list | map | union, … }; an object has a name and stands in `objects`.
const objects = new Map();

/** All members of an object, also those of the parts of `allOf`. */
function membersOf(schema, file) {
  const members = new Map();
  for (const part of schema.allOf ?? []) {
    const target = part.$ref ? followed(part.$ref, file) : { schema: part, file };
    for (const [name, member] of membersOf(target.schema, target.file)) members.set(name, member);
  }
  for (const [name, member] of Object.entries(schema.properties ?? {})) members.set(name, { schema: member, file, required: members.get(name)?.required ?? false });
  for (const name of schema.required ?? []) if (members.has(name)) members.get(name).required = true;
  return members;
}

function typeOf(schema, file, name) {
  if (schema.$ref) {
    const target = followed(schema.$ref, file);
    return typeOf(target.schema, target.file, target.name);
  }
  const several = schema.oneOf ?? schema.anyOf;
  if (several) return { kind: 'union', of: several.map((one, i) => typeOf(one, file, `${name}${i + 1}`)) };
  if ('const' in schema) return { kind: 'literal', values: [schema.const] };
  if (schema.enum) return { kind: 'literal', values: schema.enum };
  if (Array.isArray(schema.type)) return { kind: 'union', of: schema.type.map((type) => typeOf({ ...schema, type }, file, name)) };
  if (schema.type === 'array') return { kind: 'list', of: typeOf(schema.items ?? {}, file, singular(name)) };
  if (schema.properties || schema.allOf) return objectOf(schema, file, name);
  if (schema.type === 'object') return { kind: 'map', of: typeof schema.additionalProperties === 'object' ? typeOf(schema.additionalProperties, file, name) : { kind: 'plain', type: 'any' } };
  return { kind: 'plain', type: schema.type ?? 'any' };
}

function objectOf(schema, file, name) {
  if (!objects.has(name)) {
    const object = { name, description: schema.description, members: [] };
    objects.set(name, object);
    for (const [key, { schema: member, file: where, required }] of membersOf(schema, file))
      object.members.push({ key, required, description: member.description, type: typeOf(member, where, name.replace(/Event$/, '') + pascal(key)) });
  }
  return { kind: 'name', name };
}

const folder = join(api, 'events');
if (!existsSync(folder)) fail(`there is no ${relative(top, folder)}`);
const events = readdirSync(folder).filter((file) => file.endsWith('.json')).sort().map((file) => {
  const path = join(folder, file);
  const name = `${pascal(basename(file, '.json'))}Event`;
  objectOf(read(path), path, name);
  return objects.get(name);
});
// What every event has alike is a type of its own.
const [first, ...others] = events;
const common = first.members.filter((member) => member.key !== 'type' && others.every((event) => event.members.some((other) => same(other, member))));
for (const event of events) event.members = event.members.filter((member) => !common.some((one) => one.key === member.key));
for (const event of events) objects.delete(event.name);
const typeName = (event) => event.members.find((member) => member.key === 'type').type.values[0];

const note = 'This file is generated from api/events: node clients/generate.mjs';
const about = 'What every event has.';

function typescript() {
  const text = (type) => {
    if (type.kind === 'name') return type.name;
    if (type.kind === 'literal') return type.values.map((value) => JSON.stringify(value).replaceAll('"', "'")).join(' | ');
    if (type.kind === 'union') return type.of.map(text).join(' | ');
    if (type.kind === 'list') return /[ |]/.test(text(type.of)) ? `(${text(type.of)})[]` : `${text(type.of)}[]`;
    if (type.kind === 'map') return `Record<string, ${text(type.of)}>`;
    return { string: 'string', integer: 'number', number: 'number', boolean: 'boolean', null: 'null', any: 'unknown' }[type.type];
  };
  const comment = (description, indent) => (description ? `${indent}/** ${description.replaceAll('*/', '* /')} */\n` : '');
  const body = ({ members }) => members.map(({ key, required, description, type }) => `${comment(description, '  ')}  ${key}${required ? '' : '?'}: ${text(type)};\n`).join('');
  const out = [`// ${note}\n`];
  for (const object of objects.values()) out.push(`${comment(object.description, '')}export interface ${object.name} {\n${body(object)}}\n`);
  out.push(`/** ${about} */\nexport interface EventBase {\n${body({ members: common })}}\n`);
  for (const event of events) out.push(`${comment(event.description, '')}export interface ${event.name} extends EventBase {\n${body(event)}}\n`);
  out.push(`export type Event =\n${events.map(({ name }) => `  | ${name}`).join('\n')};\n`);
  out.push("export type EventType = Event['type'];\nexport type EventOf<T extends EventType> = Extract<Event, { type: T }>;\n");
  return out.join('\n');
}

const keywords = new Set('False None True and as assert async await break class continue def del elif else except finally for from global if import in is lambda nonlocal not or pass raise return try while with yield'.split(' '));

function python() {
  const text = (type) => {
    if (type.kind === 'name') return `"${type.name}"`;
    if (type.kind === 'literal') return `Literal[${type.values.map((value) => (typeof value === 'boolean' ? pascal(String(value)) : JSON.stringify(value))).join(', ')}]`;
    if (type.kind === 'union') return `Union[${type.of.map(text).join(', ')}]`;
    if (type.kind === 'list') return `list[${text(type.of)}]`;
    if (type.kind === 'map') return `dict[str, ${text(type.of)}]`;
    return { string: 'str', integer: 'int', number: 'float', boolean: 'bool', null: 'None', any: 'Any' }[type.type];
  };
  const valued = ({ required, type }) => (required ? text(type) : `NotRequired[${text(type)}]`);
  const wrapped = (description, indent) => (description ? description.split('\n').map((line) => `${indent}# ${line}\n`).join('') : '');
  const dictionary = (name, base, description, members) => {
    const odd = members.filter(({ key }) => keywords.has(key));
    const plain = members.filter(({ key }) => !keywords.has(key));
    // A member whose name is a word of the language needs the other syntax, which takes no base.
    const before = odd.length > 0 ? `${name}Names = TypedDict("${name}Names", {${odd.map((member) => `"${member.key}": ${valued(member)}`).join(', ')}})\n\n\n` : '';
    const bases = [...(odd.length > 0 ? [`${name}Names`] : []), base].join(', ');
    const doc = description ? `    """${description.replaceAll('\\', '\\\\')}"""\n\n` : '';
    const lines = plain.map((member) => `${wrapped(member.description, '    ')}    ${member.key}: ${valued(member)}\n`).join('');
    return `${before}class ${name}(${bases}):\n${doc}${lines || '    pass\n'}`;
  };
  const out = [];
  for (const object of objects.values()) out.push(dictionary(object.name, 'TypedDict', object.description, object.members));
  out.push(dictionary('EventBase', 'TypedDict', about, common));
  for (const event of events) out.push(dictionary(event.name, 'EventBase', event.description, event.members));
  out.push(`Event = Union[\n${events.map(({ name }) => `    ${name},\n`).join('')}]\n\nEventType = Literal[\n${events.map((event) => `    "${typeName(event)}",\n`).join('')}]\n`);
  const code = out.join('\n\n');
  const used = ['Any', 'Literal', 'NotRequired', 'TypedDict', 'Union'].filter((name) => new RegExp(`\\b${name}\\b`).test(code));
  return `"""The types of events.\n\n${note}\n"""\n\nfrom __future__ import annotations\n\nfrom typing import ${used.join(', ')}\n\n\n${code}`;
}

const files = {
  'clients/javascript/events.d.ts': typescript(),
  'clients/python/src/profile_engagement_api/events.py': python(),
};
for (const [path, text] of Object.entries(files)) {
  const file = join(top, path);
  if (!process.argv.includes('--check')) writeFileSync(file, text);
  else if (!existsSync(file) || readFileSync(file, 'utf8') !== text) fail(`${path} is not what api/events says: node clients/generate.mjs`);
}
