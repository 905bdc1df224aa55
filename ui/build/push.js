// Push in the companion: asks the browser whether it is on, and switches it on and off.
const worker = "serviceWorker" in navigator ? navigator.serviceWorker.register("/sw.js") : null;
// Everything else works without the service worker.
worker?.catch(() => {});

const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));

async function manager() {
  if (!worker || !("PushManager" in globalThis) || !("Notification" in globalThis)) return null;
  await worker;
  return (await navigator.serviceWorker.ready).pushManager;
}

globalThis.medlanePush = {
  // "none" if the browser has no push, otherwise "on" or "off".
  async state() {
    const push = await manager().catch(() => null);
    if (!push) return "none";
    return (await push.getSubscription()) ? "on" : "off";
  },
  // Subscribes with the clinic's key. Returns null without push, or if the reader does not allow notifications.
  async on(key) {
    const push = await manager();
    if (!push || (await Notification.requestPermission()) !== "granted") return null;
    const subscription = await push.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(key) });
    const { endpoint, keys } = subscription.toJSON();
    return JSON.stringify({ endpoint, p256dh: keys.p256dh, auth: keys.auth });
  },
  async off() {
    const push = await manager();
    await (await push?.getSubscription())?.unsubscribe();
  },
};
