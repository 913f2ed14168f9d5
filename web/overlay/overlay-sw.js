// Keeps the shell of the overlays, so that one which was opened once opens while the service is down. Nothing of the API is
// kept. The build puts the list of files in; another list makes another worker.
const files = {{files}};
const page = '/overlay.html';
const store = `overlay ${files.join(' ')}`;
/** Longer than this nobody waits for a server that may be gone. */
const PATIENCE = 3000;

self.addEventListener('install', (event) => {
  event.waitUntil(caches.open(store).then((cache) => cache.addAll(files)).then(() => self.skipWaiting()));
});
self.addEventListener('activate', (event) => {
  event.waitUntil(caches.keys().then((names) => Promise.all(names.filter((name) => name !== store).map((name) => caches.delete(name)))).then(() => self.clients.claim()));
});

/** The server's page, else the kept one. */
async function shell(request) {
  const cache = await caches.open(store);
  try {
    const answer = await fetch(request, { signal: AbortSignal.timeout(PATIENCE) });
    if (answer.ok) return answer;
  } catch {
    // The server is away.
  }
  return (await cache.match(page)) ?? Response.error();
}
self.addEventListener('fetch', (event) => {
  const { pathname, origin } = new URL(event.request.url);
  if (event.request.method !== 'GET' || origin !== self.location.origin) return;
  if (event.request.mode === 'navigate' && pathname.startsWith('/overlay/')) event.respondWith(shell(event.request));
  else if (files.includes(pathname)) event.respondWith(caches.match(pathname).then((kept) => kept ?? fetch(event.request)));
});
