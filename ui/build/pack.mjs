// Packs one face: file names with a hash of the content, a static shell, and everything compressed in advance.
//
//   node pack.mjs <face> <folder with <face>.js and <face>_bg.wasm> <css> <folder to fill> <path it is served at>
//                 <compressed for the network, or plain for a desktop app> <the words of each language, the default language first …>

import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants } from "node:zlib";
import { minify } from "terser";

const [face, built, css, target, base, how, ...spoken] = process.argv.slice(2);
const here = dirname(fileURLToPath(import.meta.url));
const require = createRequire(import.meta.url);
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
const wasm = asset(`${face}.wasm`, readFileSync(join(built, `${face}_bg.wasm`)));
const { code: small } = await minify(readFileSync(join(built, `${face}.js`), "utf8"), { module: true });
const js = asset(`${face}.js`, small);
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
  ? `<link rel="manifest" href="/manifest.webmanifest">
<link rel="apple-touch-icon" href="/icon.png">
<meta name="theme-color" content="#00626b">
<script type="module" src="${asset("push.js", readFileSync(join(here, "push.js")))}"></script>
`
  : "";
write(join(target, "index.html"), Buffer.from(fill(readFileSync(join(here, "shell.html"), "utf8"), { wasm, js, boot, icon, css: style, head })));
if (isApp) {
  const kept = readdirSync(join(target, "assets")).filter((name) => !name.endsWith(".br") && !name.endsWith(".LICENSE"));
  const paths = JSON.stringify(kept.sort().map((name) => `${base}/assets/${name}`));
  const version = createHash("sha256").update(paths).update(readFileSync(join(target, "index.html"))).digest("hex").slice(0, 12);
  write(join(target, "sw.js"), Buffer.from(fill(readFileSync(join(here, "sw.js"), "utf8"), { version, kept: paths })));
  for (const name of ["manifest.webmanifest", "icon.svg", "icon.png"]) cpSync(join(here, name), join(target, name));
}
cpSync(join(here, "../node_modules/@fontsource/inter/LICENSE"), join(target, "assets", "fonts.LICENSE"));
if (how === "compressed") console.log(`${face}: ${(code / 1000).toFixed(0)} kB of code, compressed`);
// The most bytes of an app's compressed code. Staff load theirs once, in the clinic's network; phones load the companion.
const most = { companion: 240_000, account: 290_000 }[face] ?? 450_000;
if (code > most) {
  console.error(`${face}: more than ${most / 1000} kB`);
  process.exit(1);
}
