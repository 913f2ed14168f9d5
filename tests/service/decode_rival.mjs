// The rival of ./dev bench decode: the same recording through tiktok-live-connector's decoder, to JSON text.
import { readFileSync } from 'node:fs';
import { deserializeMessage } from 'tiktok-live-connector';

const [recording, seconds] = process.argv.slice(2);
const messages = readFileSync(recording, 'utf8').trim().split('\n').map((line) => JSON.parse(line))
  .map(({ method, payload_b64 }) => ({ method, payload: Buffer.from(payload_b64, 'base64') }));
const replacer = (_, value) => (typeof value === 'bigint' ? String(value) : value);
const cpu = () => process.cpuUsage().user / 1e6 + process.cpuUsage().system / 1e6;
const start = cpu();
let done = 0;
while (cpu() - start < Number(seconds)) {
  for (const { method, payload } of messages) {
    try {
      const data = deserializeMessage(method, payload);
      if (process.env.TO_JSON) JSON.stringify(data, replacer);
    } catch {
      // a method that it does not know
    }
    done++;
  }
}
console.log(`${Math.round(done / (cpu() - start))} messages/s`);
