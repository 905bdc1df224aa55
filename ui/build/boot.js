// Starts a face in the reader's language: its words come while the code does.
const languages = {{words}};
// A screen that nobody stands at looks this often, in milliseconds, whether it could begin by now.
const AGAIN = 15000;

let wanted = navigator.language;
try {
  wanted = localStorage.getItem("medlane.language") ?? wanted;
} catch {
  // Without storage it is the browser's language.
}
const spoken = languages.find(({ tag }) => wanted?.startsWith(tag)) ?? languages[0];
document.documentElement.lang = spoken.tag;
document.documentElement.dir = spoken.direction;

async function start() {
  const code = import("{{js}}");
  const words = await fetch(spoken.url);
  if (!words.ok) throw new Error(`${words.url}: ${words.status}`);
  spoken.words = await words.json();
  globalThis.medlaneLanguages = languages;
  const { default: init } = await code;
  await init({ module_or_path: "{{wasm}}" });
}

// A part did not come, or does not run here: said in the place of what was to be there.
function failed() {
  const made = (name, className, text = "") => Object.assign(document.createElement(name), { className, textContent: text });
  const why = made("p", "alert alert-error alert-soft", spoken.failed);
  why.setAttribute("role", "alert");
  const again = made("button", "btn btn-primary", spoken.again);
  again.id = "load-again";
  again.type = "button";
  again.addEventListener("click", () => location.reload());
  const main = document.querySelector("main") ?? document.body;
  main.removeAttribute("aria-busy");
  const rest = made("div", "space-y-4 text-center");
  rest.append(why, again);
  main.replaceChildren(rest);
}

// Only once the server has the page: instead of it, the browser would stay with its own that it cannot be reached.
async function returns() {
  const page = await fetch(location.pathname, { cache: "no-store" }).catch(() => null);
  if (page?.ok) location.reload();
  else setTimeout(returns, AGAIN);
}

start().catch((error) => {
  console.error(error);
  failed();
  if ("{{face}}" === "kiosk") setTimeout(returns, AGAIN);
});
