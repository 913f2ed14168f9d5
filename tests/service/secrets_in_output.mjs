// After all service tests: none of the secrets that they used is in any log or error body. See secrets.mjs.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const folder = process.argv[2];
const secrets = readFileSync(join(folder, 'secrets.txt'), 'utf8').trim().split('\n').map((line) => JSON.parse(line));
let bytes = 0;
let found = 0;
for (const file of readdirSync(folder)) {
  if (file === 'secrets.txt') continue;
  const text = readFileSync(join(folder, file), 'utf8');
  bytes += text.length;
  for (const secret of secrets) {
    const at = text.indexOf(secret);
    if (at < 0) continue;
    found++;
    console.log(`${file}: …${text.slice(Math.max(0, at - 200), at)}<a secret of ${secret.length} characters>`);
  }
}
console.log(`${secrets.length} secrets looked for in ${bytes} bytes of logs and error bodies: ${found} found`);
process.exit(found === 0 && secrets.length > 100 && bytes > 1e6 ? 0 : 1);
