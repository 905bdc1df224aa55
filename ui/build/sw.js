// The companion while its page is closed or the network is away: shows pushes, and opens the last loaded version.
const CACHE = "medlane-{{version}}";
const SHELL = "/";
const KEPT = {{kept}};
// How long a page waits for the network before it opens from the cache, in milliseconds.
const WAIT = 4000;

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll([SHELL, ...KEPT])).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  const forget = (names) => Promise.all(names.filter((name) => name !== CACHE).map((name) => caches.delete(name)));
  event.waitUntil(caches.keys().then(forget).then(() => self.clients.claim()));
});

// Only the companion's own pages: an answer of the API is never cached.
const PAGES = ["/", "/account", "/register", "/forgot", "/invited"];
const isPage = (request, url) => request.mode === "navigate" && (PAGES.includes(url.pathname) || url.pathname.startsWith("/t/"));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (KEPT.includes(url.pathname)) {
    event.respondWith(caches.match(url.pathname).then((kept) => kept ?? fetch(request)));
  } else if (isPage(request, url)) {
    const late = new Promise((_, refuse) => setTimeout(() => refuse(new Error("late")), WAIT));
    event.respondWith(Promise.race([fetch(request), late]).catch(() => caches.match(SHELL)));
  }
});

self.addEventListener("push", (event) => {
  // A newer message about a ticket takes the place of the one before: a call that does not stand any more is not left there.
  const { title, body, tag, quiet } = event.data.json();
  const stays = !quiet;
  const options = { body, icon: "/icon.png", badge: "/icon.png", tag: tag || title, renotify: stays, requireInteraction: stays, silent: !stays };
  event.waitUntil(self.registration.showNotification(title, options));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const show = async () => {
    const pages = await self.clients.matchAll({ type: "window" });
    const open = pages.find((page) => new URL(page.url).pathname === "/");
    await (open ? open.focus() : self.clients.openWindow("/"));
  };
  event.waitUntil(show());
});
