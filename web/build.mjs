// Writes build/web: the page, the overlays and the pages of the documentation, ready to be served or embedded.
//   node web/build.mjs [OUT]          (default: build/web beside this folder)
// Scripts and styles get the hash of their text into their name, so they can be cached for ever. assets.json lists every file.
import { build } from 'esbuild';
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { basename, dirname, extname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url)); // Node 18 has no import.meta.dirname
const out = process.argv[2] ?? join(here, '../build/web');
const modules = join(here, 'node_modules');
/** Bytes after gzip of script and style of the page, all views included. */
const budget = 90_000;

// Every icon of a new row asks for this file again, so it must be one that is kept for ever.
const iconText = readFileSync(join(here, 'src/icons.svg'));
const icons = `/assets/icons-${createHash('sha256').update(iconText).digest('hex').slice(0, 8).toUpperCase()}.svg`;

const types = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
  '.png': 'image/png',
  '.txt': 'text/plain; charset=utf-8',
};

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });

/**
 * Templates keep their indents through minifying; htm leaves out white space with a line end in it anyway. The shell loads all
 * views: each that imports it lets esbuild put what the shell holds into one file, and not into one for each set of views.
 */
const ownSources = {
  name: 'own-sources',
  setup: ({ onLoad }) =>
    onLoad({ filter: /web[\\/](src|overlay)[\\/].*\.js$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8').replace(/\n[ \t]+/g, '\n') + (/src[\\/](views[\\/]|charts[\\/]plot)/.test(path) ? "import '../app.js';" : ''),
      loader: 'js',
    })),
};

/** uPlot lists all that can draw a series in one object, so nothing of it would be left out. The page draws lines and steps. */
const fewerPaths = {
  name: 'fewer-paths',
  setup: ({ onLoad }) =>
    onLoad({ filter: /uPlot\.esm\.js$/ }, ({ path }) => {
      const parts = readFileSync(path, 'utf8').split(/^\s*\(?paths\.(?:bars|spline)\s*=.*$/m);
      return parts.length === 3 ? { contents: parts.join(''), loader: 'js' } : fail(`${path}: bars and splines are not where they were`);
    }),
};

/** Bundles entries of script and style. Returns the address of each by its name, and the addresses of all files. */
async function bundle(entries) {
  const result = await build({
    entryPoints: entries,
    outdir: join(out, 'assets'),
    entryNames: '[name]-[hash]',
    chunkNames: '[name]-[hash]',
    bundle: true,
    format: 'esm',
    splitting: true,
    minify: true,
    charset: 'utf8',
    plugins: [ownSources, fewerPaths],
    target: ['es2022', 'chrome103', 'firefox115', 'safari16'],
    metafile: true,
    legalComments: 'none',
    define: { ICONS: JSON.stringify(icons) },
    logLevel: 'warning',
  });
  const addresses = {};
  for (const [file, { entryPoint }] of Object.entries(result.metafile.outputs)) {
    if (entryPoint) addresses[basename(entryPoint)] = `/assets/${basename(file)}`;
  }
  return { addresses, files: Object.keys(result.metafile.outputs).map((file) => `/assets/${basename(file)}`) };
}

/** `{{name}}` in a page is replaced by an address. */
const fill = (file, values) => readFileSync(file, 'utf8').replace(/\{\{([\w.]+)\}\}/g, (_, name) => values[name] ?? fail(`${file}: nothing is known as ${name}`));
const fail = (message) => {
  throw new Error(message);
};
const all = (folder) => readdirSync(folder, { recursive: true }).map((name) => join(folder, name)).filter((file) => statSync(file).isFile());

const page = await bundle([join(here, 'src/app.js'), join(here, 'src/style/app.css')]);
writeFileSync(join(out, 'index.html'), fill(join(here, 'src/index.html'), page.addresses));
writeFileSync(join(out, 'icons.svg'), iconText); // under its lasting name too, for the tab and for other pages
writeFileSync(join(out, icons), iconText);
// The builder of overlays is loaded by itself and has a budget of its own.
const pageFiles = all(join(out, 'assets')).filter((file) => /\.(js|css)$/.test(file) && !basename(file).startsWith('overlays-'));

// web/overlay: overlay.html, overlay.js, overlay.css and, as a file of its own with a lasting name, overlay-sw.js.
const overlay = join(here, 'overlay');
if (existsSync(join(overlay, 'overlay.html'))) {
  const { addresses, files } = await bundle([join(overlay, 'overlay.js'), join(overlay, 'overlay.css')]);
  writeFileSync(join(out, 'overlay.html'), fill(join(overlay, 'overlay.html'), addresses));
  if (existsSync(join(overlay, 'overlay-sw.js'))) {
    // The worker keeps exactly the files of this build, and another build makes another worker.
    const kept = ['/overlay.html', ...files];
    writeFileSync(join(out, 'overlay-sw.js'), readFileSync(join(overlay, 'overlay-sw.js'), 'utf8').replace('{{files}}', JSON.stringify(kept)));
  }
}

// web/docs and web/redoc: pages that are written by hand, beside the bundles of their packages.
const bundles = {
  docs: ['swagger-ui-dist/swagger-ui-bundle.js', 'swagger-ui-dist/swagger-ui.css'],
  redoc: ['redoc/bundles/redoc.standalone.js'],
};
for (const [folder, files] of Object.entries(bundles)) {
  if (!existsSync(join(here, folder))) continue;
  cpSync(join(here, folder), join(out, folder), { recursive: true });
  for (const file of files) cpSync(join(modules, file), join(out, folder, basename(file)));
}

// The licences ask that their text goes with the copies.
const copied = ['preact', 'htm', 'uplot', ...Object.entries(bundles).filter(([folder]) => existsSync(join(here, folder))).map(([, [file]]) => file.split('/')[0])];
const notices = copied.flatMap((name) => ['LICENSE', 'NOTICE'].map((file) => join(modules, name, file)).filter(existsSync).map((file) => `${name}\n\n${readFileSync(file, 'utf8').trim()}\n`));
writeFileSync(join(out, 'licenses.txt'), notices.join(`\n${'-'.repeat(72)}\n\n`));

/** Which Content-Security-Policy a file is sent with; only documents have one. */
function policyOf(file) {
  if (extname(file) !== '.html') return 'none';
  if (file === 'overlay.html') return 'overlay';
  return { docs: 'docs', redoc: 'redoc' }[dirname(file)] ?? 'page';
}
const assets = all(out)
  .map((path) => relative(out, path).split(sep).join('/'))
  .sort()
  .map((file) => ({
    path: `/${file}`,
    file,
    type: types[extname(file)] ?? fail(`${file}: unknown type`),
    immutable: file.startsWith('assets/'),
    page: policyOf(file),
  }));
writeFileSync(join(out, 'assets.json'), `${JSON.stringify(assets, null, 1)}\n`);

const weigh = (files) => files.reduce((sum, file) => sum + gzipSync(readFileSync(file), { level: 9 }).length, 0);
const weight = weigh(pageFiles);
const version = createHash('sha256').update(JSON.stringify(assets)).digest('hex').slice(0, 8);
console.log(`${assets.length} files, build ${version}; script and style of the page: ${weight} bytes after gzip (at most ${budget})`);
if (weight > budget) fail(`The page is ${weight - budget} bytes over its budget`);
