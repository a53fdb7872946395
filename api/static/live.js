// What happens while a page is open: a quiet bar on lists, fresh counts, a word when somebody else has decided. Rows
// never move under the reader's hands. Everything works without this file as well, and without the stream.
const box = document.getElementById("live");
const lang = document.documentElement.lang.startsWith("zh") ? "zh" : "en";
const LISTS = [
  [/^\/findings\/?$/, /^(finding\.|review|reset)/],
  [/^\/(incidents|sessions)\/?$/, /^(verdict|reset)/],
];
const FRESH = "[data-live], section.stores, .tabs .count";
const HIDDEN_MS = 20000, SOONEST_MS = 1500, LATEST_MS = 8000, AGAIN_MS = 60000;
const KINDS = [
  "file.arriving", "file.present", "file.missing", "file.moved", "file.unreadable", "clip", "finding.opened",
  "finding.changed", "finding.resolved", "verdict", "review", "sign-off", "link", "push", "scan.asked", "scan", "reset",
];
let source = null, place = "", changes = 0, due = 0, last = 0, sleeping = 0, again = 0;

function open() {
  if (source || document.hidden) return;
  source = new EventSource(place ? `/api/v1/events?after=${encodeURIComponent(place)}` : "/api/v1/events");
  for (const kind of ["ready", ...KINDS]) source.addEventListener(kind, hear);
  source.addEventListener("open", () => document.documentElement.setAttribute("data-stream", "open"));
  source.addEventListener("error", () => {
    if (source?.readyState !== EventSource.CLOSED) return; // it comes back by itself, with Last-Event-ID
    close();
    again = setTimeout(open, AGAIN_MS);
  });
}

function close() {
  clearTimeout(again);
  source?.close();
  source = null;
  document.documentElement.removeAttribute("data-stream");
}

function hear(event) {
  if (event.lastEventId) place = event.lastEventId;
  if (event.type === "ready") return;
  let told;
  try { told = JSON.parse(event.data); } catch { return; }
  if (!told.mine && concernsList(told)) showChanges();
  if (told.kind === "review" && !told.mine && told.finding && isOpen(told.finding)) showDecided(told);
  refreshSoon();
}

function concernsList(told) {
  return LISTS.some(([path, kinds]) => path.test(location.pathname) && kinds.test(told.kind));
}

function isOpen(key) {
  if (location.pathname === `/findings/${key}`) return true;
  return document.querySelector(`[data-finding="${CSS.escape(key)}"], #f-${CSS.escape(key)}`) !== null;
}

function button(word, action) {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = word;
  made.addEventListener("click", action);
  return made;
}

function line(name, text) {
  let found = box.querySelector(`[data-line="${name}"]`);
  if (!found) {
    found = document.createElement("p");
    found.dataset.line = name;
    const words = document.createElement("span");
    const load = button(box.dataset.load, () => location.reload());
    load.classList.add("primary");
    found.append(words, load, button(box.dataset.dismiss, () => {
      found.remove();
      if (name === "changes") changes = 0;
    }));
    box.append(found);
  }
  found.firstChild.textContent = text;
}

function showChanges() {
  changes += 1;
  line("changes", box.dataset.changes.replace("{n}", changes));
}

function showDecided(told) {
  line("decided", box.dataset.decided.replace("{what}", told.text?.[lang] ?? ""));
}

function refreshSoon() {
  if (!document.querySelector(FRESH) || due) return;
  const wait = Math.max(SOONEST_MS, last + LATEST_MS - Date.now());
  due = setTimeout(refresh, wait);
}

async function refresh() {
  due = 0;
  last = Date.now();
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } }).catch(() => null);
  if (!answer?.ok || answer.redirected) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelectorAll(FRESH);
  const here = document.querySelectorAll(FRESH);
  if (fresh.length !== here.length) return; // the page is built otherwise now: the bar says so
  here.forEach((old, index) => {
    const now = fresh[index];
    if (old.dataset.live !== now.dataset.live || old.isEqualNode(now) || old.contains(document.activeElement)) return;
    old.replaceWith(document.adoptNode(now));
  });
}

if (box && "EventSource" in window) {
  document.addEventListener("visibilitychange", () => {
    clearTimeout(sleeping);
    if (document.hidden) sleeping = setTimeout(close, HIDDEN_MS);
    else open();
  });
  window.addEventListener("pagehide", close);
  window.addEventListener("pageshow", open);
  open();
}
