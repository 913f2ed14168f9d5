// Validates bodies and messages against the schemas of an OpenAPI or AsyncAPI document. Needs the packages of tests/api_lint.
import { createRequire } from 'node:module';
import { join } from 'node:path';

export const lint = join(import.meta.dirname, '../api_lint');
export const require = createRequire(join(lint, 'package.json'));
const Ajv = require('ajv/dist/2020.js').default;

const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const map = (object, change) => object && Object.fromEntries(Object.entries(object).map(([name, value]) => [name, change(value)]));
const defined = (object) => Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));

/** Compiles schemas of a document. With `closed`, a member that no schema describes is a fault too: the service sends none. */
export function validators(document, { closed }) {
  const ajv = new Ajv({ allErrors: true, strict: true, strictTypes: false, strictRequired: false });
  ajv.addFormat('date-time', time);
  for (const format of ['int64', 'password']) ajv.addFormat(format, true);
  const component = (reference) => reference.slice(2).split('/').reduce((at, name) => at[name.replaceAll('~1', '/').replaceAll('~0', '~')], document);

  /** The schema with its references filled in. `partial`: more members come from the schema around it. */
  const whole = (schema, partial = false) => {
    if (schema.$ref) return whole(component(schema.$ref), partial);
    const close = closed && !partial && (schema.properties || schema.allOf) && schema.additionalProperties === undefined;
    return defined({
      ...schema,
      properties: map(schema.properties, (one) => whole(one)),
      items: schema.items && whole(schema.items),
      additionalProperties: typeof schema.additionalProperties === 'object' ? whole(schema.additionalProperties) : schema.additionalProperties,
      allOf: schema.allOf?.map((one) => whole(one, true)),
      oneOf: schema.oneOf?.map((one) => whole(one, partial || schema.properties !== undefined)),
      unevaluatedProperties: close ? false : undefined,
    });
  };
  const compiled = new Map();
  /** What is wrong with the value, or an empty text. */
  return (schema, value) => {
    const key = JSON.stringify(schema);
    if (!compiled.has(key)) compiled.set(key, ajv.compile(whole(schema)));
    const validate = compiled.get(key);
    return validate(value) ? '' : ajv.errorsText(validate.errors.slice(0, 5)) + JSON.stringify(validate.errors[0].params);
  };
}
