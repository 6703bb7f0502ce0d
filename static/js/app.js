// Theme, copy buttons, local times, spoken feedback. One file from our own host, so that the CSP needs no exception.
const root = document.documentElement;
root.dataset.js = "";
const stored = () => { try { return localStorage.getItem("theme"); } catch { return null; } };
const store = (theme) => { try { localStorage.setItem("theme", theme); } catch { /* private window: forget it */ } };
if (["light", "dark"].includes(stored())) root.dataset.theme = stored();

const isDark = () => root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;

let hush = 0;
// The page holds every sentence that is said here, so that each is in its language.
const told = (what) => document.getElementById("toast")?.dataset[what] ?? "";
function say(text) {
  const toast = document.getElementById("toast");
  if (!toast) return;
  toast.textContent = text;
  clearTimeout(hush);
  hush = setTimeout(() => { toast.textContent = ""; }, 6000);
}

// Clipboard needs a secure context; plain HTTP on another host falls back to selecting the text.
async function copy(button) {
  const text = button.dataset.copy;
  try {
    await navigator.clipboard.writeText(text);
    button.classList.add("done");
    setTimeout(() => button.classList.remove("done"), 2000);
    say(told("copied").replace("{what}", () => button.dataset.what || text));
  } catch {
    getSelection().selectAllChildren(button);
    say(told("select"));
  }
}

function fill(button) {
  const field = document.getElementById(button.dataset.fill);
  if (!field) return;
  field.value = button.dataset.value;
  field.focus();
}

// What a risk level stands for is shown in the empty boxes of the own ladder, or written into them.
const boxes = () => document.querySelectorAll("#own-ladder input");
const level = () => document.querySelector("[name=risk_level]:checked")?.value ?? "";
function own(deed) {
  for (const box of boxes()) {
    const value = box.getAttribute(`data-${level()}`) ?? "";
    if (deed === "show") box.placeholder = value;
    if (deed === "clear") box.value = "";
    // What is no number says that the level has none.
    if (deed === "fill" && !box.value && !Number.isNaN(Number(value))) box.value = value;
  }
  if (deed !== "show") boxes()[0]?.dispatchEvent(new Event("input", { bubbles: true }));
}

// A pair that was found takes the place of the word that was typed to find it.
function addPair(pair) {
  const field = document.getElementById("id_pairs");
  field.value = `${field.value.replace(/[^\s,;]*$/u, "")}${pair}, `;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.focus();
}

document.addEventListener("click", (event) => {
  const on = (selector) => event.target.closest(selector);
  if (on("[data-theme-toggle]")) store(root.dataset.theme = isDark() ? "light" : "dark");
  if (on("[data-copy]")) copy(on("[data-copy]"));
  if (on("[data-fill]")) fill(on("[data-fill]"));
  if (on("[data-pair]")) addPair(on("[data-pair]").dataset.pair);
  if (on("[data-own]")) own(on("[data-own]").dataset.own);
});
document.addEventListener("change", async (event) => {
  const { name, files, dataset } = event.target;
  if (name === "risk_level") own("show");
  // Nothing is uploaded: the text of the chosen file is put where it can be read first.
  if (dataset.into && files.length) document.getElementById(dataset.into).value = (await files[0].slice(0, 20001).text());
});

const UNITS = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];
const distance = new Intl.RelativeTimeFormat(root.lang || "en", { numeric: "always" });
function ago(seconds) {
  if (Math.abs(seconds) < 5) return told("now");
  const [unit, size] = UNITS.find(([, length]) => Math.abs(seconds) >= length);
  return distance.format(-Math.trunc(seconds / size), unit);
}

// The server writes UTC; here it becomes the reader's own time, and the title keeps UTC.
const local = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
function tellTimes() {
  for (const time of document.querySelectorAll("time[data-when]")) {
    const at = new Date(time.dateTime);
    if (Number.isNaN(at.getTime())) continue;
    const text = time.dataset.when === "ago" ? ago((Date.now() - at) / 1000) : local.format(at);
    if (time.textContent !== text) time.textContent = text;
  }
}

// Format problems are told at once, in the field's own words (data-pattern, data-wrong), not only after sending.
function judge(field) {
  const box = document.getElementById(`${field.id}-live`);
  if (!box) return;
  // As the server does: without marks and spaces at the ends, and without quotes around it.
  const trim = (text) => text.replace(/^[\p{C}\p{Z}]+|[\p{C}\p{Z}]+$/gu, "");
  const whole = trim(field.value);
  const inside = /^["'`“„”‘’«‹](.*)["'`“”’»›]$/u.exec(whole);
  const matches = (pattern, text) => new RegExp(`^(?:${pattern})$`).test(text);
  const value = inside && !matches(field.dataset.pattern, whole) ? trim(inside[1]) : whole;
  const fits = (pattern) => matches(pattern, value);
  const { pattern, wrong, other, swapped } = field.dataset;
  box.textContent = !value || fits(pattern) ? "" : other && fits(other) ? swapped : wrong;
}

// A page that nobody sees asks for nothing, and one that nobody touches asks every ten seconds instead of every few.
const CALM = 30000, SELDOM = 10000;
const asked = new Map();
let touched = Date.now();
for (const deed of ["pointerdown", "pointermove", "keydown", "scroll", "focus"]) addEventListener(deed, () => { touched = Date.now(); }, { capture: true, passive: true });
function isSpared(what) {
  const now = Date.now(), isCalm = now - touched > CALM;
  // Half a second less: a clock that fires a moment early must not make it two rounds.
  if (document.hidden || (isCalm && now - (asked.get(what) ?? 0) < SELDOM - 500)) return true;
  asked.set(what, now);
  return false;
}
document.addEventListener("htmx:before:request", (event) => {
  const from = event.detail.ctx.sourceElement;
  if (from?.getAttribute("hx-trigger")?.startsWith("every ") && isSpared(from.id)) event.preventDefault();
});
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  touched = Date.now();
  document.body.dispatchEvent(new Event("connection-changed"));
});

document.addEventListener("DOMContentLoaded", () => {
  tellTimes();
  setInterval(tellTimes, 10000);
});
document.addEventListener("focusout", (event) => { if (event.target.dataset?.pattern) judge(event.target); });
document.addEventListener("htmx:after:swap", tellTimes);
document.addEventListener("say", (event) => say(event.detail.value));
document.addEventListener("htmx:error", () => say(told("away")));
document.addEventListener("htmx:response:error", () => say(told("failed")));
