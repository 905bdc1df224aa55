// What the companion asks the browser about push: whether it is on, to switch it on, and off.
const worker = "serviceWorker" in navigator ? navigator.serviceWorker.register("/sw.js") : null;
// Without it everything else works.
worker?.catch(() => {});

const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));

async function manager() {
  if (!worker || !("PushManager" in globalThis) || !("Notification" in globalThis)) return null;
  await worker;
  return (await navigator.serviceWorker.ready).pushManager;
}

globalThis.medlanePush = {
  // "none" where the browser has no push, else "on" or "off".
  async state() {
    const push = await manager().catch(() => null);
    if (!push) return "none";
    return (await push.getSubscription()) ? "on" : "off";
  },
  // The subscription, with a key of the clinic's; null where the reader does not want to be told.
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
