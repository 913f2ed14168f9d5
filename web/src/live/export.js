// Downloads what a filter lets through. The credential goes as a header, so the file passes through this page.
import { ApiError, request, sessionPath } from '../api/http.js';
import { serverQuery } from './filter.js';

export async function exportTo(stream, filter, format, progress) {
  const response = await request('GET', sessionPath(stream.id, '/export'), { query: { format, ...serverQuery(filter) } });
  if (!response.ok) throw new ApiError(response.status, await response.json().catch(() => null), response.headers);
  const parts = [];
  let size = 0;
  const reader = response.body.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    parts.push(part.value);
    progress((size += part.value.length));
  }
  const name = /filename="?([^";]+)/.exec(response.headers.get('content-disposition') ?? '')?.[1] ?? `events-${stream.id}.${format}`;
  save(new Blob(parts, { type: response.headers.get('content-type') ?? '' }), name);
}

export function save(blob, name) {
  const anchor = document.createElement('a');
  anchor.href = URL.createObjectURL(blob);
  anchor.download = name;
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(anchor.href), 60_000);
}
