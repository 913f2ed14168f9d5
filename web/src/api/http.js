// Calls of the service, through the pass-through of the origin that sent this page.
import { createStore } from '../lib/store.js';

export const PREFIX = '/api';

/** Whether the service answers, how fast, and how far the clocks are apart. */
export const link = createStore({ ok: true, ms: null, since: Date.now(), skew_ms: 0 });

export class ApiError extends Error {
  constructor(status, body, headers) {
    super(body?.message ?? body?.detail ?? `HTTP ${status}`);
    this.name = 'ApiError';
    this.status = status;
    this.code = body?.error ?? (status ? `HTTP_${status}` : 'UNREACHABLE');
    this.details = body?.details ?? {};
    this.correlationId = body?.correlation_id ?? headers?.get('x-correlation-id') ?? '';
    this.path = body?.path ?? '';
    const wait = Number(headers?.get('retry-after') ?? body?.retry_after);
    this.retryAt = Number.isFinite(wait) && wait > 0 ? Date.now() + wait * 1000 : 0;
  }
}

let authorization = async () => ({});
/** Returns whether the call may be tried again with new credentials. */
let refused = async () => false;
export function useCredentials(headers, whenRefused) {
  authorization = headers;
  refused = whenRefused;
}

function note(ok, began, response) {
  const old = link.get();
  const ms = ok ? Math.round(performance.now() - began) : null;
  const date = response?.headers.get('date');
  const skew_ms = date ? Date.now() - Date.parse(date) : old.skew_ms;
  link.set({ ok, ms, since: old.ok === ok ? old.since : Date.now(), skew_ms });
}

export function withQuery(path, query) {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined && value !== null && value !== '') parameters.set(name, value);
  }
  const text = parameters.toString();
  return text ? `${path}?${text}` : path;
}

/**
 * One request as it is, without judging the answer: the console and exports read it themselves.
 * `path` begins with the route (`/sessions`); the prefix is added here.
 */
export async function request(method, path, { query, body, headers = {}, signal, anonymous = false, timed = false } = {}) {
  const send = { ...(anonymous ? {} : await authorization()), ...headers };
  if (body !== undefined && !('Content-Type' in send)) send['Content-Type'] = 'application/json';
  const began = performance.now();
  let response;
  try {
    response = await fetch(PREFIX + withQuery(path, query), {
      method,
      headers: send,
      body: body === undefined || typeof body === 'string' ? body : JSON.stringify(body),
      signal,
      cache: 'no-cache',
      credentials: 'omit',
      redirect: 'follow',
    });
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    note(false, began);
    throw new ApiError(0, { error: 'UNREACHABLE', message: 'The tester of this page does not answer' });
  }
  const ours = response.status !== 502 && response.status !== 504;
  if (timed || !ours) note(ours, began, response);
  return response;
}

/** One request whose answer is JSON. Throws an ApiError for every status of 400 and above. */
export async function call(method, path, options = {}) {
  let response = await request(method, path, options);
  if (response.status === 401 && !options.anonymous && (await refused())) response = await request(method, path, options);
  const text = await response.text();
  let data = null;
  try {
    data = text ? JSON.parse(text) : null;
  } catch {
    data = { error: `HTTP_${response.status}`, message: response.ok ? 'The answer is not JSON' : `HTTP ${response.status}` };
    if (response.ok) throw new ApiError(response.status, data, response.headers);
  }
  if (response.status >= 400) throw new ApiError(response.status, data, response.headers);
  return data;
}

export const get = (path, query, options) => call('GET', path, { ...options, query });
export const post = (path, body, options) => call('POST', path, { ...options, body: body ?? {} });

/** `/sessions/{id}/…` with the id escaped. */
export const sessionPath = (id, rest = '') => `/sessions/${encodeURIComponent(id)}${rest}`;
/** The address of a picture of an event, for an <img>. */
export const pictureOf = (user) => (user?.picture?.startsWith('/') ? PREFIX + user.picture : '');
