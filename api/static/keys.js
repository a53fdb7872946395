// Keys of pages with rows, and "more" without leaving the page. Everything works without this file as well.
// Other scripts add keys of their own to `keys`.
export const rows = () => [...document.querySelectorAll("tr[data-row]")];
const help = document.getElementById("help");
let at = -1;

export const cursor = () => rows()[at];

export function moveTo(index) {
  const all = rows();
  if (!all.length) return;
  at = Math.min(Math.max(index, 0), all.length - 1);
  all.forEach((row, number) => row.classList.toggle("cursor", number === at));
  all[at].focus({ preventScroll: true });
  all[at].scrollIntoView({ block: "nearest" });
}

function open() {
  const row = cursor();
  if (!row) return;
  const link = row.querySelector("a[data-open]");
  if (link) link.click();
  else row.querySelector("details")?.toggleAttribute("open");
}

function details() {
  cursor()?.querySelector("details")?.toggleAttribute("open");
}

export const keys = {
  j: () => moveTo(at + 1),
  k: () => moveTo(at - 1),
  Enter: open,
  o: details,
  "/": () => document.querySelector("[data-search]")?.focus(),
  "?": () => (help?.open ? help.close() : help?.showModal()),
};

const isText = (field) => /^(SELECT|TEXTAREA)$/.test(field.tagName) || (field.tagName === "INPUT" && !/^(checkbox|radio)$/.test(field.type));

document.addEventListener("keydown", (event) => {
  const field = event.target.closest("input, select, textarea, button, a, summary");
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || !keys[event.key]) return;
  if (field && (event.key === "Enter" || isText(field))) return;
  const shown = document.querySelector("dialog[open]");
  if (shown && !(shown === help && event.key === "?")) return;
  event.preventDefault();
  keys[event.key]();
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-help]")) help?.showModal();
  const row = event.target.closest("tr[data-row]");
  if (row && !event.target.closest("a, button, summary, input, select, textarea, label")) moveTo(rows().indexOf(row));
  else if (row) at = rows().indexOf(row), rows().forEach((one) => one.classList.toggle("cursor", one === row));
});

const named = window.location.hash.length > 1 && document.getElementById(window.location.hash.slice(1));
if (named && named.matches("tr[data-row]")) moveTo(rows().indexOf(named));

document.getElementById("filters")?.addEventListener("submit", (event) => {
  for (const field of event.target.elements) if (field.name && !field.value) field.disabled = true; // short addresses
});
window.addEventListener("pageshow", () => {
  for (const field of document.querySelectorAll("#filters [disabled]")) field.disabled = false;
});

document.getElementById("more")?.addEventListener("click", async (event) => {
  const link = event.target.closest("a");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const answer = await fetch(link.href, { headers: { Accept: "text/html" } }).catch(() => null);
  if (!answer?.ok) { window.location.assign(link.href); return; }
  const next = new DOMParser().parseFromString(await answer.text(), "text/html");
  document.querySelector("tbody[data-rows]").append(...next.querySelectorAll("tr[data-row]"));
  const further = next.querySelector("#more a");
  if (further) link.href = further.href;
  else link.remove();
});
