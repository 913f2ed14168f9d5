// The overlay as OBS would show it: true size, scaled into the space that there is, over a background.
import { html, useEffect, useRef, useState } from '../lib/html.js';
import { overlayAddress } from './design.js';
import { emulations } from './fields.js';

const backgrounds = [['chequers', 'Chequers'], ['dark', 'Dark'], ['bright', 'Bright'], ['phone', 'Phone']];
/** Typing does not load the frame anew with each letter. */
const SETTLE = 300;
/** Of the window's height, so that the link below stays in sight. */
const MOST = 0.48;

export function Preview({ design }) {
  const { kind, session, texts, width, height } = design;
  const [background, setBackground] = useState('chequers');
  const [talks, setTalks] = useState(true);
  const [scale, setScale] = useState(1);
  const space = useRef(null);
  const frame = useRef(null);
  const address = overlayAddress({ session, kind, texts, more: talks ? { demo: '1' } : {} });
  const [shown, show] = useState(address);

  useEffect(() => {
    const timer = setTimeout(() => show(address), SETTLE);
    return () => clearTimeout(timer);
  }, [address]);
  useEffect(() => {
    // The observer may speak once more after the preview has gone.
    const measure = () => space.current && setScale(Math.min(1, space.current.clientWidth / width, Math.max(240, innerHeight * MOST) / height));
    const watch = new ResizeObserver(measure);
    watch.observe(space.current);
    addEventListener('resize', measure);
    measure();
    return () => {
      watch.disconnect();
      removeEventListener('resize', measure);
    };
  }, [width, height]);

  // What is tried while the overlay still loads waits until it listens. Each address has a frame of its own.
  const wishes = useRef([]);
  const listener = useRef(null); // the window of the newest frame that has said that it is ready
  const send = (what) => listener.current.postMessage({ overlay: 'emulate', what }, location.origin);
  useEffect(() => {
    const ready = ({ source, origin, data }) => {
      if (source !== frame.current?.contentWindow || origin !== location.origin || data?.overlay !== 'ready') return;
      listener.current = source;
      wishes.current.splice(0).forEach(send);
    };
    addEventListener('message', ready);
    return () => removeEventListener('message', ready);
  }, []);
  const emulate = (what) => {
    if (shown === address && listener.current && listener.current === frame.current.contentWindow) send(what);
    else wishes.current.push(what);
  };
  return html`<section class="preview" aria-label="Preview">
    <div class="preview-head">
      <div class="backgrounds" role="group" aria-label="Background">
        ${backgrounds.map(([name, label]) => html`<button type="button" key=${name} class="button small" aria-pressed=${background === name} onClick=${() => setBackground(name)}>${label}</button>`)}
      </div>
      <span class="hint figure">${width} × ${height}, shown at ${Math.round(scale * 100)} %</span>
    </div>
    <div class="preview-space" ref=${space}>
      <div class=${`stage stage-${background}`} style=${{ width: `${Math.floor(width * scale)}px`, height: `${Math.floor(height * scale)}px` }}>
        ${background === 'phone' && html`<span class="phone-controls" aria-hidden="true"></span>`}
        <iframe key=${shown} ref=${frame} title="Preview of the overlay" src=${shown} tabindex="-1" style=${{ width: `${width}px`, height: `${height}px`, transform: `scale(${scale})` }}></iframe>
      </div>
    </div>
    <div class="try" role="group" aria-label="Try">
      ${emulations.map(([what, label]) => html`<button type="button" key=${what} class="button small" onClick=${() => emulate(what)}>${label}</button>`)}
      <label class="check"><input type="checkbox" checked=${talks} onChange=${(event) => setTalks(event.currentTarget.checked)} />Invented room</label>
    </div>
  </section>`;
}
