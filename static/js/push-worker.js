// Shows what the server tells this browser, and opens the page that it is about. It keeps nothing and serves no page.
self.addEventListener("install", () => self.skipWaiting());

function read(data) {
  try { return data.json() ?? {}; } catch { return {}; }
}

self.addEventListener("push", (event) => {
  // A browser shows something for each message, so that one which cannot be read has at least our name.
  const { title = "BackFuture AI", body = "", url = "/messages/", tag = "" } = read(event.data);
  const looks = { icon: "/static/icons/app-192.png", tag, renotify: tag !== "", data: { url } };
  event.waitUntil(self.registration.showNotification(String(title), { body: String(body), ...looks }));
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
