// One request or more for each route, for api_documents.test.mjs. They run in this order.

/** Routes whose answers no proxy can compare with the document, with the reason. */
export const left_out = {
  events_socket: 'a WebSocket',
  comments_socket: 'a WebSocket',
  stream_events: 'a stream without an end',
  stream_sessions: 'a stream without an end',
};

/**
 * Runs `ask(operation id, method, path, {body, as, headers, status})`, which gives the body. `as`: `key` (if it is not given),
 * `admin`, `nobody`, or a token.
 */
export async function requests(ask) {
  const nobody = { as: 'nobody' };
  const admin = { as: 'admin' };
  for (const [id, path] of Object.entries({ healthcheck: '/healthcheck', livez: '/livez?verbose', readyz: '/readyz?exclude=etcd', ping: '/monitoring/ping' })) await ask(id, 'GET', path, nobody);
  for (const [id, path] of Object.entries({ get_openapi: '/openapi.json', get_asyncapi: '/asyncapi.json' })) {
    await ask(id, 'GET', path, nobody);
    await ask(id, 'GET', path, { ...nobody, headers: { 'If-None-Match': '*' }, status: 304 });
  }

  for (const [id, path] of Object.entries({ docs_page: '/docs', redoc_page: '/redoc', docs_file: '/docs/init.js', redoc_file: '/redoc/init.js' })) await ask(id, 'GET', path, nobody);
  await ask('docs_file', 'GET', '/docs/none.js', { ...nobody, status: 404 });
  await ask('get_root', 'GET', '/', nobody);
  await ask('get_root', 'GET', '/', { ...nobody, headers: { Accept: 'text/html' } });

  await ask('connect_session', 'POST', '/connect', { body: { session_id: 'show', username: '@host' } });
  await ask('connect_session', 'POST', '/connect', { body: { session_id: 'later', username: 'away', wait_until_live: true } });
  await ask('connect_session', 'POST', '/connect', { body: { session_id: 'no', username: 'nobody.here' }, status: 404 });
  await ask('connect_session', 'POST', '/connect', { body: { session_id: 'no', username: 'away' }, status: 409 });
  await ask('connect_session', 'POST', '/connect', { body: { session_id: 'show', username: 'away' }, status: 409 });
  await ask('connect_session', 'POST', '/connect', { body: { session_id: 'show', username: '@host', wait: true }, status: 400 });
  await ask('connect_session', 'POST', '/connect', { ...nobody, body: { session_id: 'show', username: '@host' }, status: 401 });
  await ask('list_sessions', 'GET', '/sessions');
  await ask('list_sessions', 'GET', '/sessions?limt=1', { status: 400 });
  await ask('get_session', 'GET', '/sessions/show');
  await ask('get_session', 'GET', '/sessions/none', { status: 404 });

  const account = { username: 'teammate', email: 'teammate@example.org', password: 'wandering-otter-41' };
  await ask('register', 'POST', '/auth/register', { ...nobody, body: account, status: 201 });
  await ask('register', 'POST', '/auth/register', { ...nobody, body: account, status: 409 });
  await ask('register', 'POST', '/auth/register', { ...nobody, body: { ...account, username: 'other', role: 'admin' }, status: 403 });
  const { username, password } = account;
  const login = async (word) => ask('login', 'POST', '/auth/login', { ...nobody, body: { username, password: word } });
  const first = await login(password);
  await ask('login', 'POST', '/auth/login', { ...nobody, body: { username, password: 'wrong-otter-41' }, status: 401 });
  const tokens = await ask('refresh_tokens', 'POST', '/auth/refresh', { ...nobody, body: { refresh_token: first.refresh_token } });
  const own = { as: tokens.access_token };
  await ask('get_me', 'GET', '/auth/me');
  await ask('get_me', 'GET', '/auth/me', own);
  await ask('create_ticket', 'POST', '/auth/tickets', { body: { session_ids: ['show'] }, status: 201 });
  await ask('create_ticket', 'POST', '/auth/tickets', { body: {}, status: 201 });

  const made = await ask('create_api_key', 'POST', '/auth/api-keys', { ...own, body: { name: 'overlay', permissions: ['read'], expires_in_days: 30 }, status: 201 });
  const more = await ask('generate_api_key', 'POST', '/auth/api-keys/generate', { ...own, body: {}, status: 201 });
  await ask('list_api_keys', 'GET', '/auth/api-keys?limit=1', own);
  await ask('list_api_keys', 'GET', '/auth/api-keys?user=teammate', admin);
  await ask('list_api_keys', 'GET', '/auth/api-keys?user=admin', { ...own, status: 403 });

  const overlay = { name: 'chat overlay', sessions: ['show'], types: ['comment'], expires_in_seconds: 3600 };
  const { stream_token: stream } = await ask('create_stream_token', 'POST', '/auth/stream-tokens', { body: overlay, status: 201 });
  await ask('create_stream_token', 'POST', '/auth/stream-tokens', { body: { ...overlay, types: ['coment'] }, status: 400 });
  await ask('list_stream_tokens', 'GET', '/auth/stream-tokens?limit=10');
  await ask('list_stream_tokens', 'GET', '/auth/stream-tokens?user=teammate', admin);
  await ask('delete_stream_token', 'DELETE', `/auth/stream-tokens/${stream.id}`);
  await ask('delete_stream_token', 'DELETE', '/auth/stream-tokens/s_none', { status: 404 });
  await ask('list_readers', 'GET', '/sessions/show/readers');
  await ask('list_readers', 'GET', '/sessions/none/readers', { status: 404 });

  await ask('put_share', 'PUT', '/sessions/show/shares/teammate', { status: 201 });
  await ask('put_share', 'PUT', '/sessions/show/shares/teammate');
  await ask('put_share', 'PUT', `/sessions/show/shares/${made.id}`, { status: 201 });
  await ask('put_share', 'PUT', '/sessions/show/shares/stranger', { status: 404 });
  await ask('list_shares', 'GET', '/sessions/show/shares');
  await ask('get_session', 'GET', '/sessions/show', own);
  await ask('delete_session', 'DELETE', '/sessions/show', { ...own, status: 403 });
  await ask('delete_share', 'DELETE', '/sessions/show/shares/teammate');
  await ask('revoke_api_key', 'POST', '/auth/api-keys/revoke', { ...own, body: { key_id: made.id } });
  await ask('delete_api_key', 'DELETE', `/auth/api-keys/${more.id}`, own);
  await ask('delete_api_key', 'DELETE', '/auth/api-keys/k_none', { ...own, status: 404 });
  const renewed = 'patient-heron-52';
  await ask('change_password', 'POST', '/auth/password', { ...own, body: { current_password: password, new_password: renewed } });
  await ask('logout', 'POST', '/auth/logout', { as: (await login(renewed)).access_token });
  await ask('logout', 'POST', '/auth/logout', { status: 400 });

  const user = await ask('create_user', 'POST', '/auth/users', { ...admin, body: { username: 'operator', password: 'steady-falcon-63', role: 'service' }, status: 201 });
  await ask('list_users', 'GET', '/auth/users?limit=1', admin);
  await ask('list_users', 'GET', '/auth/users', { ...own, as: (await login(renewed)).access_token, status: 403 });
  await ask('get_user', 'GET', `/auth/users/${user.id}`, admin);
  await ask('change_user', 'PATCH', `/auth/users/${user.id}`, { ...admin, body: { role: 'readonly', is_active: false } });
  await ask('delete_user', 'DELETE', `/auth/users/${user.id}`, admin);
  await ask('get_user', 'GET', `/auth/users/${user.id}`, { ...admin, status: 404 });

  const gifts = await ask('list_gifts', 'GET', '/gifts');
  await ask('get_gift_image', 'GET', `/gifts/${gifts.gifts[0].id}/image`);
  await ask('get_gift_image', 'GET', '/gifts/1/image', { status: 404 });
  const { events } = await ask('list_events', 'GET', '/sessions/show/events?after=0&limit=200');
  await ask('list_events', 'GET', '/sessions/show/events?types=session', { headers: { Accept: 'application/x-ndjson' } });
  await ask('list_events', 'GET', '/sessions/none/events', { status: 404 });
  await ask('get_stats', 'GET', '/sessions/show/stats');
  await ask('get_leaderboard', 'GET', '/sessions/show/leaderboard?by=likes&limit=3&window=3600');
  await ask('get_timeline', 'GET', '/sessions/show/timeline?bucket=10');
  await ask('get_timeline', 'GET', '/sessions/show/timeline?bucket=15', { status: 400 });
  await ask('export_events', 'GET', '/sessions/show/export?types=session');
  await ask('export_events', 'GET', '/sessions/show/export?format=csv&types=session');

  await ask('get_profile', 'GET', '/profile/host');
  await ask('get_profile', 'GET', '/profile/x', { status: 400 });
  await ask('get_avatar', 'GET', '/profile/host/avatar');
  await ask('get_avatar', 'GET', '/profile/host/avatar', { headers: { 'If-None-Match': '*' }, status: 304 });
  await ask('list_profiles', 'GET', '/profiles?limit=1');
  await ask('list_profiles', 'GET', '/profiles?usernames=host,nobody.here');
  await ask('revalidate_profiles', 'POST', '/profiles/revalidate', { body: { usernames: ['host'] } });
  await ask('clear_expired_profiles', 'POST', '/cache/clear-expired', admin);
  const { user: person } = events.find((event) => event.user?.picture && event.user.username);
  await ask('get_picture', 'GET', person.picture, nobody);
  await ask('get_picture', 'GET', '/pictures/none', { ...nobody, status: 404 });
  await ask('erase_person', 'DELETE', `/profile/${person.username}`, admin);

  await ask('list_auth_failures', 'GET', '/monitoring/auth/failures?limit=5', admin);
  await ask('list_security_alerts', 'GET', '/monitoring/security/alerts?kind=all&limit=5', admin);
  await ask('list_rate_limit_violations', 'GET', '/monitoring/rate-limits/violations', admin);
  await ask('get_rate_limits', 'GET', '/monitoring/rate-limits', admin);
  await ask('get_metrics', 'GET', '/monitoring/metrics?time_window=5', nobody);
  await ask('get_metrics', 'GET', '/monitoring/metrics?time_window=1441', { ...nobody, status: 400 });
  await ask('get_metrics', 'GET', '/monitoring/metrics?days=30', nobody);
  await ask('get_metrics', 'GET', '/monitoring/metrics?days=401', { ...nobody, status: 400 });
  await ask('get_prometheus_metrics', 'GET', '/metrics', nobody);
  await ask('set_log_level', 'POST', '/monitoring/log-level', { ...admin, body: { level: 'DEBUG', component: 'live', duration_seconds: 60 } });
  await ask('set_log_level', 'POST', '/monitoring/log-level', { ...admin, body: { level: 'DEFAULT', component: 'live' } });
  await ask('set_log_level', 'POST', '/monitoring/log-level', { ...admin, body: { level: 'LOUD' }, status: 400 });

  await ask('disconnect_session', 'POST', '/disconnect', { body: { session_id: 'later' } });
  await ask('disconnect_session', 'POST', '/disconnect', { body: { session_id: 'none' } });
  await ask('delete_session', 'DELETE', '/sessions/later');
  await ask('cleanup_sessions', 'POST', '/sessions/cleanup?older_than_seconds=60');
}
