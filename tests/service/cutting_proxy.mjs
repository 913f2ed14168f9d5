// A TCP proxy that cuts its connections, and whose target may move.
import { once } from 'node:events';
import { connect, createServer } from 'node:net';

export async function cuttingProxy() {
  let target;
  const open = new Set();
  const server = createServer((client) => {
    const upstream = connect(target, '127.0.0.1');
    for (const [from, to] of [[client, upstream], [upstream, client]]) {
      open.add(from);
      from.on('error', () => {}).on('close', () => (open.delete(from), to.destroy()));
      from.pipe(to);
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `http://127.0.0.1:${server.address().port}`,
    to: (port) => (target = port),
    /** Resets every connection; returns how many there were. */
    cut: () => {
      const count = open.size;
      for (const socket of open) socket.resetAndDestroy();
      return count;
    },
    close: () => {
      server.close();
      for (const socket of open) socket.destroy();
    },
  };
}
