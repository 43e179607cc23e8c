// Builds the bundles into ../static and says there what they were built from. Run by installer/viewer.sh.
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, '..', 'static');
const sha256 = (data) => createHash('sha256').update(data).digest('hex');

// The same reckoning as tests/portal/test_viewer_bundle.py: names and digests of all that a bundle comes from.
const names = readdirSync(join(here, 'src')).map((name) => `src/${name}`);
const sources = [...names, 'build.mjs', 'package.json', 'package-lock.json', 'tsconfig.json'].sort();
const digest = sha256(sources.map((name) => `${sha256(readFileSync(join(here, name)))}  ${name}\n`).join(''));

// The portal's policy forbids style attributes set as text; the same through the object model is allowed.
const styles = {
  name: 'styles',
  setup(one) {
    one.onLoad({ filter: /drawTextBox\.js$/ }, ({ path }) => {
      const contents = readFileSync(path, 'utf8');
      const told = contents.replaceAll(/(\w+)\.setAttribute\('style', (\w+)\)/g, '$1.style.cssText = $2');
      if (told === contents) throw new Error(`${path} sets no style any more: drop this`);
      return { contents: told };
    });
  },
};

const common = {
  absWorkingDir: here, bundle: true, minify: true, target: 'es2020', outdir: out, metafile: true, legalComments: 'none',
  // Only reached under Node, which the emscripten glue asks for first.
  external: ['fs', 'path', 'crypto'],
  banner: { js: `/* Built by installer/viewer.sh from sources ${digest}; licences: viewer-licences.txt */` },
};
const built = [
  await build({ ...common, plugins: [styles], format: 'iife', entryPoints: { viewer: 'src/main.ts', codec: 'src/worker.ts', large: 'src/large.ts' } }),
  await build({ ...common, banner: {}, entryPoints: ['src/viewer.css'] }),
];
copyFileSync(join(here, 'node_modules/@cornerstonejs/codec-openjph/dist/openjphjs.wasm'), join(out, 'codec.wasm'));

// The licence of every package that went in.
const inputs = built.flatMap((one) => Object.keys(one.metafile.inputs));
const packages = [...new Set(inputs.map((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1]).filter(Boolean))];
const licence = (name) => {
  const folder = join(here, 'node_modules', name);
  const { version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const file = readdirSync(folder).find((one) => /^licen[cs]e/i.test(one));
  return `${name} ${version} (${license})\n${file ? readFileSync(join(folder, file), 'utf8') : ''}`;
};
const inside = readFileSync(join(here, 'openjph-licence.txt'), 'utf8'); // compiled into codec.wasm
writeFileSync(join(out, 'viewer-licences.txt'), [...packages.sort().map(licence), inside].join('\n----\n'));

const files = ['viewer.js', 'codec.js', 'codec.wasm', 'viewer.css', 'large.js'].filter((name) => existsSync(join(out, name)));
const digests = Object.fromEntries(files.map((name) => [name, sha256(readFileSync(join(out, name)))]));
writeFileSync(join(out, 'viewer-built.json'), JSON.stringify({ sources: digest, files: digests }, null, 1) + '\n');
