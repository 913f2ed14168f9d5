// Rules of Spectral for the OpenAPI document: its own and those of OWASP. What is changed stands here, with the reason.
import { oas } from '@stoplight/spectral-rulesets';
import owasp from '@stoplight/spectral-owasp-ruleset';

// The bounds of what callers send. Answers are open, because members and values may be added, and what TikTok says has no
// bounds of ours: a client that refused a longer text would lose events.
const sent = ['$.paths[*][*].parameters[*].schema', '$.paths[*][*].requestBody.content[*].schema'];
const onlyIn = (name, type) => ({
  [name]: { ...owasp.rules[name], given: sent.flatMap((at) => [`${at}[?(@property && @ && @.type=="${type}")]`, `${at}..[?(@property && @ && @.type=="${type}")]`]) },
});
const limited = 'owasp:api4:2023-rate-limit';

// Probes, documents and what an operator reads must answer when everything else is refused: no limit counts them.
const unlimited = ['/healthcheck', '/livez', '/readyz', '/monitoring/ping', '/openapi.json', '/asyncapi.json', '/docs', '/docs/{file}',
  '/redoc', '/redoc/{file}', '/', '/monitoring/auth/failures', '/monitoring/security/alerts', '/monitoring/rate-limits/violations',
  '/monitoring/rate-limits', '/monitoring/log-level', '/monitoring/metrics', '/metrics'];
// Read without credentials: the above, as far as they are public, and pictures, whose addresses cannot be guessed.
const open = [...unlimited.filter((path) => !path.startsWith('/monitoring/') || ['/monitoring/ping', '/monitoring/metrics'].includes(path)), '/pictures/{key}'];
// They give credentials to who has none.
const doors = ['/auth/login', '/auth/refresh'];
const sockets = ['/ws/events/{id}', '/ws/comments/{id}'];

const pointer = (path) => `**#/paths/${path.replaceAll('/', '~1').replaceAll('{', '%7B').replaceAll('}', '%7D')}`;
const off = (paths, ...rules) => ({ files: paths.map(pointer), rules: Object.fromEntries(rules.map((rule) => [rule, 'off'])) });

export default {
  extends: [oas, owasp],
  rules: {
    ...onlyIn('owasp:api4:2023-string-limit', 'string'),
    ...onlyIn('owasp:api4:2023-string-restricted', 'string'),
    ...onlyIn('owasp:api4:2023-integer-limit', 'integer'),
    ...onlyIn('owasp:api4:2023-array-limit', 'array'),
    // The rule wants the headers of one kind. Here are both: the draft's, and those that older clients know.
    [limited]: { ...owasp.rules[limited], then: { ...owasp.rules[limited].then, functionOptions: { schema: { type: 'object', required: ['RateLimit', 'X-RateLimit-Limit'] } } } },
    // Who runs the service is not known here.
    'info-contact': 'off',
    // Browsers cannot set headers for WebSockets, event streams and pictures. Tickets are the way for new programs; keys and
    // tokens in addresses are for old ones, and are written into no log.
    'owasp:api2:2023-no-api-keys-in-url': 'off',
  },
  overrides: [
    off(unlimited, limited, 'owasp:api4:2023-rate-limit-responses-429'),
    off(open, 'owasp:api2:2023-read-restricted', 'owasp:api8:2023-define-error-responses-401'),
    off(doors, 'owasp:api2:2023-write-restricted', 'owasp:api8:2023-define-error-responses-401'),
    // A WebSocket answers 101.
    off(sockets, 'operation-success-response'),
  ],
};
