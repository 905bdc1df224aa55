// Packs one face: file names with a hash of the content, a static shell, and everything compressed in advance.
//
//   node pack.mjs <face> <folder with <face>.js and <face>_bg.wasm> <css> <folder to fill> <path it is served at>
//                 <compressed for the network, or plain for a desktop app> <the words of each language, the default language first …>

import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants } from "node:zlib";
import { minify } from "terser";

const [face, built, css, target, base, how, ...spoken] = process.argv.slice(2);
const here = dirname(fileURLToPath(import.meta.url));
const require = createRequire(import.meta.url);
// How long a part may take to load, in milliseconds.
const PART_MS = 30_000;
const compressible = new Set([".js", ".json", ".css", ".wasm", ".svg", ".html"]);

function write(path, bytes) {
  writeFileSync(path, bytes);
  if (how === "plain" || !compressible.has(extname(path))) return 0;
  const packed = brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } });
  writeFileSync(`${path}.br`, packed);
  return packed.length;
}

let code = 0;
function asset(name, bytes) {
  bytes = Buffer.from(bytes);
  const extension = extname(name);
  const hash = createHash("sha256").update(bytes).digest("hex").slice(0, 12);
  const file = `${name.slice(0, -extension.length)}-${hash}${extension}`;
  const size = write(join(target, "assets", file), bytes);
  if (extension === ".js" || extension === ".wasm") code += size;
  return `${base}/assets/${file}`;
}

const fill = (text, values) => text.replace(/\{\{(\w+)\}\}/g, (_, name) => values[name]);

rmSync(target, { recursive: true, force: true });
mkdirSync(join(target, "assets"), { recursive: true });

// The names that JavaScript and wasm import from each other end in hashes, which do not compress. Short ones save 5 kB.
function shorten(js, wasm) {
  const short = new Map();
  const name = (long) => short.get(long) ?? (short.set(long, `i${short.size.toString(36)}`), short.get(long));
  const leb = (value) => (value < 128 ? [value] : [(value & 127) | 128, ...leb(value >>> 7)]);
  let at = 8;
  const read = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = wasm[at++];
      value |= (byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  const text = () => {
    const length = read();
    at += length;
    return wasm.toString("utf8", at - length, at);
  };
  const HASHED = /__wb(?:g|indgen)_\w+_[0-9a-f]{16}(?![0-9a-z])/g;
  const packed = [wasm.subarray(0, at)];
  while (at < wasm.length) {
    const start = at;
    const id = wasm[at++];
    const end = read() + at;
    if (id !== 2) {
      packed.push(wasm.subarray(start, (at = end)));
      continue;
    }
    const section = [...leb(read())];
    while (at < end) {
      for (const word of [text(), text().replace(HASHED, name)]) section.push(...leb(word.length), ...Buffer.from(word));
      // Only functions are imported from the glue.
      const from = at;
      if (wasm[at++] !== 0) throw new Error("an import that is no function");
      read();
      section.push(...wasm.subarray(from, at));
    }
    packed.push(Buffer.from([2, ...leb(section.length), ...section]));
  }
  return [js.replace(HASHED, (long) => short.get(long) ?? long), Buffer.concat(packed)];
}

// The files of an app in parts import each other by name. They stand in a folder that is named by the hash of all of them, so
// that no build loads a part of another one.
async function parts() {
  const files = readdirSync(built).filter((name) => [".js", ".wasm"].includes(extname(name))).sort();
  const [glue, main] = shorten(readFileSync(join(built, `${face}.js`), "utf8"), readFileSync(join(built, `${face}_bg.wasm`)));
  const bytes = await Promise.all(files.map(async (name) => {
    const read = name === `${face}.js` ? glue : name === `${face}_bg.wasm` ? main : readFileSync(join(built, name));
    if (extname(name) === ".wasm") return read;
    // A download that hangs ends as a failure, so that the page can say so and try again.
    const text = read.toString().replaceAll("import.meta.url))", `import.meta.url), { signal: AbortSignal.timeout(${PART_MS}) })`);
    return Buffer.from((await minify(text, { module: true })).code);
  }));
  const hash = createHash("sha256");
  files.forEach((name, n) => hash.update(name).update(bytes[n]));
  const build = hash.digest("hex").slice(0, 12);
  mkdirSync(join(target, "assets", build));
  files.forEach((name, n) => (sizes[name] = write(join(target, "assets", build, name), bytes[n])));
  return files.map((name) => `${base}/assets/${build}/${name}`);
}

const sizes = {};
const inParts = existsSync(join(built, "__wasm_split.js"));
const builds = inParts ? await parts() : [];
const named = (name) => builds.find((path) => basename(path) === name);
const wasm = named(`${face}_bg.wasm`) ?? asset(`${face}.wasm`, readFileSync(join(built, `${face}_bg.wasm`)));
const js = named(`${face}.js`) ?? asset(`${face}.js`, (await minify(readFileSync(join(built, `${face}.js`), "utf8"), { module: true })).code);
const links = named("__wasm_split.js");
const words = spoken.map((path) => {
  const text = readFileSync(path, "utf8");
  const { "language-name": name, "language-direction": direction, "load-failed": failed, "try-again": again } = JSON.parse(text);
  return { tag: basename(path, ".json"), name, direction, failed, again, url: asset(basename(path), text) };
});
const boot = asset("boot.js", fill(readFileSync(join(here, "boot.js"), "utf8"), { face, js, wasm, words: JSON.stringify(words) }));
const icon = asset("icon.svg", readFileSync(join(here, "icon.svg")));
const styled = readFileSync(css, "utf8").replace(/url\((["']?)(@fontsource[^"')]+)\1\)/g, (_, __, font) => {
  const path = require.resolve(font);
  return `url(${asset(font.split("/").pop(), readFileSync(path))})`;
});
const style = asset("medlane.css", styled);
// The companion can be installed on a phone, opens without the network, and gets pushes.
const isApp = face === "companion";
const head = isApp
  ? `<link rel="modulepreload" href="${links}">
<link rel="manifest" href="/manifest.webmanifest">
<link rel="apple-touch-icon" href="/icon.png">
<meta name="theme-color" content="#00626b">
<script type="module" src="${asset("push.js", readFileSync(join(here, "push.js")))}"></script>
`
  : "";
write(join(target, "index.html"), Buffer.from(fill(readFileSync(join(here, "shell.html"), "utf8"), { wasm, js, boot, icon, css: style, head })));
if (isApp) {
  const kept = readdirSync(join(target, "assets")).filter((name) => extname(name) && !name.endsWith(".br") && !name.endsWith(".LICENSE"));
  const paths = JSON.stringify([...kept.map((name) => `${base}/assets/${name}`), ...builds].sort());
  const version = createHash("sha256").update(paths).update(readFileSync(join(target, "index.html"))).digest("hex").slice(0, 12);
  write(join(target, "sw.js"), Buffer.from(fill(readFileSync(join(here, "sw.js"), "utf8"), { version, kept: paths })));
  for (const name of ["manifest.webmanifest", "icon.svg", "icon.png"]) cpSync(join(here, name), join(target, name));
}
cpSync(join(here, "../node_modules/@fontsource/inter/LICENSE"), join(target, "assets", "fonts.LICENSE"));
const kB = (size) => `${(size / 1000).toFixed(0)} kB`;
for (const [name, size] of Object.entries(sizes)) {
  if (!/^(split|chunk)_/.test(name)) code += size;
}
const split = Object.entries(sizes).filter(([name]) => /^(split|chunk)_/.test(name));
if (how === "compressed") {
  console.log(`${face}: ${kB(code)} of code, compressed${split.map(([name, size]) => `; ${basename(name, ".wasm")} ${kB(size)}`).join("")}`);
}
// The most bytes of an app's compressed code. Staff load theirs once, in the clinic's network. Phones load the companion: what
// signing in needs, each part, and what the first view after it needs.
const first = inParts ? JSON.parse(readFileSync(join(built, "parts.json"), "utf8")).home : [];
const view = first.reduce((sum, name) => sum + sizes[`${name}.wasm`], code);
const limits = inParts
  ? [["to sign in", code, 150_000], ["the first view", view, 215_000], ...split.map(([name, size]) => [name, size, 90_000])]
  : [["the app", code, 450_000]];
if (how === "compressed" && inParts) console.log(`${face}: ${kB(view)} of code for the first view`);
const over = limits.filter(([, size, most]) => size > most);
for (const [what, size, most] of over) console.error(`${face}, ${what}: ${kB(size)}, more than ${kB(most)}`);
if (over.length > 0) process.exit(1);
