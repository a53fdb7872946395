// Keys of the findings page, and "more" without leaving it. Everything works without this file as well.
const rows = () => [...document.querySelectorAll("tr[data-row]")];
const help = document.getElementById("help");
let at = -1;

function move(by) {
  const all = rows();
  if (!all.length) return;
  at = Math.min(Math.max(at + by, 0), all.length - 1);
  all.forEach((row, index) => row.classList.toggle("cursor", index === at));
  all[at].focus({ preventScroll: true });
  all[at].scrollIntoView({ block: "nearest" });
}

function open() {
  const row = rows()[at];
  if (!row) return;
  const link = row.querySelector("a[data-open]");
  if (link) link.click();
  else row.querySelector("details")?.toggleAttribute("open");
}

function details() {
  rows()[at]?.querySelector("details")?.toggleAttribute("open");
}

const keys = {
  j: () => move(1),
  k: () => move(-1),
  Enter: open,
  o: details,
  "/": () => document.querySelector("[data-search]")?.focus(),
  "?": () => (help?.open ? help.close() : help?.showModal()),
};

document.addEventListener("keydown", (event) => {
  const field = event.target.closest("input, select, textarea, button, a, summary");
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || !keys[event.key]) return;
  if (field && (event.key === "Enter" || /^(INPUT|SELECT|TEXTAREA)$/.test(field.tagName))) return;
  if (help?.open && event.key !== "?") return;
  event.preventDefault();
  keys[event.key]();
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-help]")) help?.showModal();
  const row = event.target.closest("tr[data-row]");
  if (row) at = rows().indexOf(row) - 1, move(1);
});

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
