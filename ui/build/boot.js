// Starts a face in the reader's language: its words come while the code does.
import init from "{{js}}";

const languages = {{words}};
let wanted = navigator.language;
try {
  wanted = localStorage.getItem("medlane.language") ?? wanted;
} catch {
  // Without storage it is the browser's language.
}
const spoken = languages.find(({ tag }) => wanted?.startsWith(tag)) ?? languages[0];
document.documentElement.lang = spoken.tag;
document.documentElement.dir = spoken.direction;
spoken.words = await (await fetch(spoken.url)).json();
globalThis.medlaneLanguages = languages;
await init({ module_or_path: "{{wasm}}" });
