// Shows the OpenAPI document of the service. This page is served by the service itself, and by the tester, where the service is
// below /api. It is for reading only: no credential is ever typed here.
import { init } from './redoc.standalone.js';

const base = new URL('..', import.meta.url);
const get = async (url) => {
  const reply = await fetch(url);
  const text = await reply.text();
  return reply.ok && reply.headers.get('Content-Type').startsWith('application/json') ? { url, routes: JSON.parse(text) } : undefined;
};
const { url, routes } = (await get(new URL('openapi.json', base))) ?? (await get(new URL('api/openapi.json', base)));
// Redoc would take the address for one relative to the page.
routes.servers[0].url = new URL('.', url).href.replace(/\/$/, '');
init(routes, { hideDownloadButtons: true, hideTryIt: true, disableTelemetry: true }, document.getElementById('redoc'));
