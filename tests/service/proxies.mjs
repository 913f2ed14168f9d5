// Proxies that tunnel for the tests: HTTP CONNECT, the same inside TLS, and SOCKS5. They remember where they were sent and
// what went through, so that a test can say what left the service.
import { createServer as createHttpServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect, createServer } from 'node:net';
import { once } from 'node:events';

/** Joins both ends; `upwards` gets what the client sends. */
function join(client, target, upwards) {
  client.on('data', (bytes) => upwards.push(bytes));
  client.pipe(target).pipe(client);
  for (const [one, other] of [[client, target], [target, client]]) {
    one.on('error', () => other.destroy());
    one.on('close', () => other.destroy());
  }
}

async function open(server, scheme, log) {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const sockets = new Set();
  for (const event of ['connection', 'secureConnection']) server.on(event, (socket) => (sockets.add(socket), socket.on('error', () => {})));
  return {
    ...log,
    port: server.address().port,
    url: (login = '') => `${scheme}://${login}127.0.0.1:${server.address().port}`,
    /** All bytes that the service sent to `port`, as text. */
    sentTo: (port) => log.tunnels.filter((t) => t.port === port).map((t) => Buffer.concat(t.upwards).toString('latin1')).join('\n'),
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

function answerConnect(server, login, log) {
  server.on('connect', (request, client) => {
    client.on('error', () => {});
    if (login && request.headers['proxy-authorization'] !== `Basic ${Buffer.from(login).toString('base64')}`) {
      log.refused.push(request.url);
      return client.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
    }
    const { hostname, port } = new URL(`http://${request.url}`);
    const tunnel = { host: hostname, port: Number(port || 80), upwards: [] };
    log.tunnels.push(tunnel);
    const target = connect(tunnel.port, tunnel.host, () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      join(client, target, tunnel.upwards);
    });
    target.on('error', () => client.end('HTTP/1.1 502 Bad Gateway\r\n\r\n'));
  });
  // What comes without a tunnel is counted too: the service must not do it.
  server.on('request', (request, reply) => (log.refused.push(request.url), reply.writeHead(405).end()));
}

export async function httpProxy(login) {
  const log = { tunnels: [], refused: [] };
  const server = createHttpServer();
  answerConnect(server, login, log);
  return open(server, 'http', log);
}

export async function httpsProxy(login, cert, key) {
  const log = { tunnels: [], refused: [] };
  const server = createTlsServer({ cert, key });
  answerConnect(server, login, log);
  return open(server, 'https', log);
}

/** RFC 1928 with RFC 1929 where there is a login. */
export async function socksProxy(login) {
  const log = { tunnels: [], refused: [] };
  const server = createServer(async (client) => {
    client.on('error', () => {});
    const bytes = reader(client);
    const [, methods] = await bytes(2);
    await bytes(methods);
    client.write(Buffer.from([5, login ? 2 : 0]));
    if (login) {
      const [, nameLength] = await bytes(2);
      const name = await bytes(nameLength);
      const [wordLength] = await bytes(1);
      const word = await bytes(wordLength);
      const right = `${name}:${word}` === login;
      client.write(Buffer.from([1, right ? 0 : 1]));
      if (!right) return log.refused.push('login'), client.end();
    }
    const [, , , kind] = await bytes(4);
    const host = kind === 3 ? String(await bytes((await bytes(1))[0])) : [...(await bytes(4))].join('.');
    const port = (await bytes(2)).readUInt16BE();
    const tunnel = { host, port, upwards: [] };
    log.tunnels.push(tunnel);
    const target = connect(port, host, () => {
      client.write(Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]));
      join(client, target, tunnel.upwards);
    });
    target.on('error', () => client.end(Buffer.from([5, 5, 0, 1, 0, 0, 0, 0, 0, 0])));
  });
  return open(server, 'socks5', log);
}

/** Gives exactly as many bytes as are asked for. */
function reader(socket) {
  return (count) =>
    new Promise((resolve) => {
      if (count === 0) return resolve(Buffer.alloc(0));
      const take = () => {
        const bytes = socket.read(count);
        if (!bytes) return;
        socket.off('readable', take);
        resolve(bytes);
      };
      socket.on('readable', take);
      take();
    });
}
