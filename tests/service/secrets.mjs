// Remembers every secret that the tests use and everything that the service wrote, so that secrets_in_output.mjs can look
// for the one in the other. Only where run_tests asks for it (PAPI_OUTPUT_DIR).
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = process.env.PAPI_OUTPUT_DIR;
const seen = new Set();

const secretFields = new Set([
  'api_key', 'access_token', 'refresh_token', 'ticket', 'password', 'current_password', 'new_password', 'key', 'token', 'code',
]);
const secretSettings = /(KEY|PASSWORD|SESSION_ID|SECRET)(_PREVIOUS)?$/;

export function noteSecret(text) {
  if (!folder || typeof text !== 'string' || text.length < 8 || seen.has(text)) return;
  seen.add(text);
  appendFileSync(join(folder, 'secrets.txt'), JSON.stringify(text) + '\n');
}

/** The secret fields of bodies and answers. */
export function noteSecrets(...values) {
  for (const value of values) {
    if (value === null || typeof value !== 'object') continue;
    for (const [name, field] of Object.entries(value)) if (secretFields.has(name)) noteSecret(field);
  }
}

export function noteSecretsOfSettings(settings) {
  for (const [name, value] of Object.entries(settings)) if (secretSettings.test(name)) noteSecret(value);
}

const keep = (file, text) => folder && appendFileSync(join(folder, file), text + '\n');
export const keepOutput = (text) => keep(`log-${process.pid}.txt`, text);
export const keepErrorBody = (text) => keep(`errors-${process.pid}.txt`, text);
