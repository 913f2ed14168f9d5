// The script of a quiz maker's page. It runs in chromium; browser.test.mjs calls it.

/** What a script gets to see of an answer: `failed` is what fetch threw. `enough`: of a body without an end, this much will do. */
const ask = async (url, { enough, ...options } = {}) => {
  try {
    const reply = await fetch(url, options);
    let text = '';
    if (!enough) text = await reply.text();
    else for await (const chunk of reply.body.pipeThrough(new TextDecoderStream())) if ((text += chunk).includes(enough)) break;
    return { status: reply.status, type: reply.type, headers: Object.fromEntries(reply.headers), text };
  } catch (error) {
    return { failed: error.name };
  }
};

/** A list of what came; reach() waits until there are `count` of them that `kind` (a type of event), if any, matches. */
class Kept {
  items = [];
  #waiters = new Set();
  add(item) {
    this.items.push(item);
    for (const check of this.#waiters) check();
  }
  reach(count, kind) {
    return new Promise((resolve) => {
      const check = () => {
        if (this.items.filter((item) => !kind || item.type === kind).length < count) return;
        this.#waiters.delete(check);
        resolve();
      };
      this.#waiters.add(check);
      check();
    });
  }
}

/** An EventSource. `hellos`: each `connected` event, and how many events had come before it. */
class Stream {
  hellos = new Kept();
  events = new Kept();
  ids = [];
  cuts = 0;
  constructor(url) {
    this.source = new EventSource(url);
    this.source.addEventListener('connected', (event) => this.hellos.add({ id: event.lastEventId, before: this.events.items.length, ...JSON.parse(event.data) }));
    this.source.onmessage = (event) => {
      this.ids.push(event.lastEventId);
      this.events.add(JSON.parse(event.data));
    };
    const lost = new Promise((resolve) => {
      this.source.onerror = () => (this.source.readyState === EventSource.CLOSED ? resolve('closed') : this.cuts++);
    });
    /** 'closed' when the browser gives up. */
    this.lost = lost;
    this.begun = Promise.race([this.hellos.reach(1).then(() => 'open'), lost]);
  }
  reach(count, kind) {
    const gone = this.lost.then(() => Promise.reject(new Error(`the stream was given up at ${this.events.items.length} events`)));
    return Promise.race([this.events.reach(count, kind), gone]);
  }
}

class Socket {
  messages = new Kept();
  constructor(url) {
    this.socket = new WebSocket(url.replace(/^http/, 'ws'));
    this.socket.onmessage = (event) => this.messages.add(JSON.parse(event.data));
    this.closed = new Promise((resolve) => {
      this.socket.onclose = ({ code, reason, wasClean }) => resolve({ code, reason, wasClean });
    });
    /** 'open' with the first message, or the code and reason of the close. */
    this.begun = Promise.race([this.messages.reach(1).then(() => 'open'), this.closed.then(({ code, reason }) => `${code} ${reason}`)]);
  }
}

/** Width of a picture, 0 if it does not load. `readable`: whether the page could read its pixels. */
const picture = (url, crossOrigin) =>
  new Promise((resolve) => {
    const image = new Image();
    if (crossOrigin) image.crossOrigin = crossOrigin;
    image.onerror = () => resolve({ width: 0 });
    image.onload = () => {
      document.body.append(image);
      const canvas = document.createElement('canvas');
      const context = canvas.getContext('2d');
      context.drawImage(image, 0, 0, 10, 10);
      let alpha;
      try {
        alpha = context.getImageData(5, 5, 1, 1).data[3];
      } catch (error) {
        alpha = error.name;
      }
      resolve({ width: image.naturalWidth, alpha });
    };
    image.src = url;
  });
