// Starts a face. The page says its own language before its words arrive.
import init from "{{js}}";

try {
  const language = JSON.parse(localStorage.getItem("medlane.language")) ?? navigator.language;
  if (language?.startsWith("ar")) {
    document.documentElement.lang = "ar";
    document.documentElement.dir = "rtl";
  }
} catch {
  // Without storage the browser's language is asked for by the face itself.
}
await init({ module_or_path: "{{wasm}}" });
