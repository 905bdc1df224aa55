// Starts a face in the reader's language. The words load at the same time as the code.
const languages = {{words}};
// How often an unattended screen retries to start, in milliseconds.
const AGAIN = 15000;

let wanted = navigator.language;
try {
  wanted = localStorage.getItem("medlane.language") ?? wanted;
} catch {
  // Without storage the browser's language is used.
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

// Shows in place of the page that a part did not load or does not run in this browser.
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

// Reloads only once the server answers: otherwise the browser would stay on its own error page.
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
