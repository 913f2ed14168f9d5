// Server-Sent Events by fetch: unlike EventSource it sends the credential as a header, and it shows the status.
import { request } from './http.js';

/** Splits the text of an event stream. Feed it pieces; it calls `take({event, id, data, comment})` for each whole block. */
export function eventParser(take) {
  let rest = '';
  return (text) => {
    rest += text;
    const blocks = rest.split(/\r?\n\r?\n/);
    rest = blocks.pop();
    for (const block of blocks) {
      const event = { event: 'message', id: '', data: '', comment: '' };
      for (const line of block.split(/\r?\n/)) {
        const colon = line.indexOf(':');
        const name = colon < 0 ? line : line.slice(0, colon);
        const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
        if (name === '') event.comment = value;
        else if (name === 'data') event.data += (event.data ? '\n' : '') + value;
        else if (name === 'event' || name === 'id') event[name] = value;
      }
      take(event);
    }
  };
}

/** Reads until the stream ends or `signal` stops it; returns the status of the answer. */
export async function readEvents(path, { query, signal, onOpen = () => {}, onEvent }) {
  const response = await request('GET', path, { query, signal, headers: { Accept: 'text/event-stream' } });
  if (!response.ok || !response.headers.get('content-type')?.startsWith('text/event-stream')) {
    await response.body?.cancel();
    return response.ok ? 404 : response.status;
  }
  onOpen(response);
  const parse = eventParser(onEvent);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return response.status;
    parse(value);
  }
}
