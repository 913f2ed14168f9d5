// The two ways in which events come. Each opens one connection and tells `report`:
//   message(value)  the `connected` object, an event, or an array of events
//   heard()         something came, also what is no message
//   closed({ code, reason, retryAfter? })  the connection has ended; nothing follows
import { codeOfStatus, lost } from './close_codes.js';
import { errorOfAnswer } from './errors.js';

/** Returns a function that ends the connection. */
export function openSocket(WebSocketClass, url, report) {
  const socket = new WebSocketClass(url);
  socket.onmessage = ({ data }) => report.message(JSON.parse(data));
  socket.onclose = ({ code, reason }) => report.closed({ code, reason });
  socket.onerror = () => {}; // a close follows
  return () => socket.close();
}

/** The blocks of an event stream, as they become whole. */
class StreamReader {
  #rest = '';
  #data = [];
  /** Calls `take` with the data of each block that `text` completes. */
  add(text, take) {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop();
    for (const line of lines) {
      if (line.startsWith('data:')) this.#data.push(line.slice(line[5] === ' ' ? 6 : 5));
      else if (line === '' && this.#data.length > 0) take(this.#data.splice(0).join('\n'));
    }
  }
}

/** An event stream that is read by fetch: credentials are headers, and heartbeats can be seen. */
export function openStream(fetch, url, headers, report) {
  const abort = new AbortController();
  const read = async () => {
    const reply = await fetch(url, { headers: { ...headers, Accept: 'text/event-stream' }, signal: abort.signal, cache: 'no-store' });
    if (!reply.ok) {
      const error = errorOfAnswer(reply, await reply.text());
      return report.closed({ code: codeOfStatus(error.status), reason: error.message, retryAfter: error.retryAfter });
    }
    const blocks = new StreamReader();
    const decoder = new TextDecoder();
    const body = reply.body.getReader();
    for (;;) {
      const { done, value } = await body.read();
      if (done) return report.closed({ code: 1001, reason: 'the stream ended' });
      report.heard();
      blocks.add(decoder.decode(value, { stream: true }), (data) => report.message(JSON.parse(data)));
    }
  };
  read().catch((error) => report.closed({ code: lost, reason: error.cause?.message ?? error.message }));
  return () => abort.abort();
}
