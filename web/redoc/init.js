// Shows the OpenAPI document of the service. This page is served by the service itself, and by the tester, where the service is
// below /api. It is for reading only: no credential is ever typed here.
(async () => {
  const base = new URL('..', document.currentScript.src);
  const own = new URL('openapi.json', base);
  const { ok } = await fetch(own, { method: 'HEAD' });
  const url = (ok ? own : new URL('api/openapi.json', base)).href;
  window.Redoc.init(url, { hideDownloadButtons: true, hideTryIt: true, disableTelemetry: true }, document.getElementById('redoc'));
})();
