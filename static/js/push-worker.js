// Shows what the server tells this browser, and opens the page that it is about. It keeps nothing and serves no page.
self.addEventListener("install", () => self.skipWaiting());

function read(data) {
  try { return data.json() ?? {}; } catch { return {}; }
}

const show = ({ title, body, url, tag }) =>
  self.registration.showNotification(String(title), {
    body: String(body), icon: "/static/icons/app-192.png", tag, renotify: tag !== "", data: { url },
  });

self.addEventListener("push", (event) => {
  // A browser shows something for each message, so that one which cannot be read has at least our name.
  const { title = "BackFuture AI", body = "", url = "/messages/", tag = "" } = read(event.data);
  event.waitUntil(show({ title, body, url, tag }));
});

// The address that the server sends to is worth nothing from now on, whatever the browser has in its place: only a page
// on which somebody is signed in may give it another. LOST is what the server says of it, before the first line.
self.addEventListener("pushsubscriptionchange", (event) => {
  event.waitUntil(show({ ...LOST, tag: "lost" }));
});

async function open(url) {
  let page = new URL(url, self.location.origin);
  // Whatever it says: nothing leads to another site from here.
  if (page.origin !== self.location.origin) page = new URL("/messages/", self.location.origin);
  const windows = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const there = windows.find((one) => one.url === page.href);
  return there ? there.focus() : self.clients.openWindow(page.href);
}

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data?.url ?? "/messages/"));
});
