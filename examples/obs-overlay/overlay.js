// An overlay without any library: a WebSocket that goes on behind the last event. In OBS: Browser source, address
// …/obs-overlay/index.html#url=http://localhost:8002&session=show&token=st_… (a stream token of this session).
const { url, session, token, rows = 6 } = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
const list = document.getElementById('rows');
const final = [1000, 1002, 1003, 1007, 1008, 1009, 4001, 4003]; // after these a new try would end in the same way
let position; // offset and epoch of the last event
let failures = 0;

function show(event) {
  const name = event.user?.nickname || event.user?.username || 'Somebody';
  const row = document.createElement('li');
  row.className = event.type;
  if (event.type === 'comment') row.textContent = `${name}: ${event.comment}`;
  else if (event.streak_end) row.textContent = `${name} gives ${event.count} × ${event.name}`;
  else return; // a streak that still runs: its end has the whole count
  list.append(row);
  while (list.children.length > rows) list.firstChild.remove();
}

function connect() {
  const query = new URLSearchParams({ types: 'comment,gift', token, ...position });
  const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/ws/events/${encodeURIComponent(session)}?${query}`);
  socket.onmessage = ({ data }) => {
    const event = JSON.parse(data);
    if (event.type !== 'connected') show(event), (failures = 0);
    else list.dataset.state = 'open';
    position = { after: event.offset, epoch: event.epoch }; // also of the `connected` message: events follow behind it
  };
  socket.onclose = ({ code }) => {
    list.dataset.state = `closed ${code}`;
    if (final.includes(code)) return;
    const pause = Math.min(30_000, 500 * 2 ** failures++);
    setTimeout(connect, pause * (0.5 + Math.random() / 2)); // overlays must not all come back in the same moment
  };
}
connect();
