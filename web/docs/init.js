// Shows the OpenAPI document of the service. This page is served by the service itself, and by the tester, where the service is
// below /api.
(async () => {
  const base = new URL('..', document.currentScript.src);
  const own = new URL('openapi.json', base);
  const reply = await fetch(own, { method: 'HEAD' });
  await reply.text();
  const here = reply.ok && reply.headers.get('Content-Type').startsWith('application/json');
  const local = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(location.hostname);
  window.SwaggerUIBundle({
    dom_id: '#swagger-ui',
    url: (here ? own : new URL('api/openapi.json', base)).href,
    deepLinking: true,
    docExpansion: 'list',
    filter: true,
    validatorUrl: null, // nobody else gets the document
    syntaxHighlight: { activated: false }, // an answer of 1 MB would stop the page
    persistAuthorization: false,
    queryConfigEnabled: false, // else ?url= loads documents of others
    // What cannot be undone is not one press away, where the service may be in production.
    supportedSubmitMethods: ['get', 'post', 'put', 'patch', ...(local ? ['delete'] : [])],
  });
})();
