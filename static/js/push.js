// Lets this browser take messages, and has it forget us when its channel is removed. The page holds every sentence.
const form = document.getElementById("push");
const isAble = "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;

function complain(what) {
  const note = document.getElementById("push-trouble");
  note.querySelector("div").textContent = form.dataset[what];
  note.hidden = false;
}

// Base64 for addresses, without padding: the same letters on both sides.
const letters = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

async function subscribe() {
  const { key } = form.dataset;
  await navigator.serviceWorker.register("/push-worker.js", { scope: "/", updateViaCache: "none" });
  const { pushManager } = await navigator.serviceWorker.ready;
  const before = await pushManager.getSubscription();
  // One that was made under a key of before takes nothing from the key of today.
  if (before && letters(before.options.applicationServerKey) !== key) await before.unsubscribe();
  return pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
}

async function add(event) {
  event.preventDefault();
  if (!isAble) return complain("unable");
  if (await Notification.requestPermission() !== "granted") return complain("denied");
  const button = form.querySelector("button");
  button.disabled = true;
  try {
    const { endpoint, keys } = (await subscribe()).toJSON();
    for (const [name, value] of Object.entries({ endpoint, p256dh: keys.p256dh, auth: keys.auth })) form.elements[name].value = value;
    form.submit();
  } catch {
    complain("failed");
    button.disabled = false;
  }
}

async function subscription() {
  const registration = isAble ? await navigator.serviceWorker.getRegistration("/") : undefined;
  return registration?.pushManager.getSubscription();
}

// The server names a browser by a digest of its address, so that no page holds the address itself.
async function placeOf({ endpoint }) {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(endpoint));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function tellHere() {
  const own = await subscription();
  const place = own ? await placeOf(own) : "";
  for (const mark of document.querySelectorAll("[data-here]")) mark.hidden = mark.dataset.here !== place;
}

async function remove(event) {
  const leaving = event.target;
  event.preventDefault();
  try {
    const own = await subscription();
    if (own && await placeOf(own) === leaving.dataset.place) await own.unsubscribe();
  } finally {
    // The server forgets it all the same.
    leaving.submit();
  }
}

form?.addEventListener("submit", add);
for (const one of document.querySelectorAll("form[data-place]")) one.addEventListener("submit", remove);
tellHere();
