// Decisions on the findings page without leaving it: selection, a dialog for reason and note, what came of it.
// Without this file the same form asks on a page of its own.
import { cursor, keys, moveTo, rows } from "./keys.js";

const form = document.getElementById("bulk");
const dialog = document.getElementById("deciding");
const told = document.getElementById("told");
const table = document.querySelector("table.findings");
const all = document.querySelector("[data-all]");
const words = form?.dataset ?? {};
const letters = { c: "confirm", d: "dismiss", e: "explain", a: "accept", r: "return" };

const box = (row) => row.querySelector("input[name=f]");
const picked = () => rows().filter((row) => box(row)?.checked);
const chosen = () => (picked().length ? picked() : [cursor()].filter(Boolean));
const able = (row, decision) => row.dataset.possible.split(" ").includes(decision);
const half = (text) => {
  const parts = text.split(" / "), middle = parts.length / 2;
  if (parts.length % 2) return text;
  return (document.documentElement.lang.startsWith("zh") ? parts.slice(0, middle) : parts.slice(middle)).join(" / ");
};

function tell(text, wrong = false) {
  told.hidden = false;
  told.className = `message ${wrong ? "wrong" : "done"}`;
  told.textContent = text;
}

function count() {
  const many = picked().length;
  rows().forEach((row) => row.classList.toggle("picked", Boolean(box(row)?.checked)));
  form.querySelector("[data-count]").textContent = many ? words.selected.replace("{count}", many) : cursor() ? words.current : words.none;
  const meant = chosen();
  for (const button of form.querySelectorAll("button[name=decision]")) {
    button.disabled = !meant.length || !meant.every((row) => able(row, button.value));
  }
  if (all) all.checked = many > 0 && many === rows().length, all.indeterminate = many > 0 && many < rows().length;
}

function start(decision) {
  const button = form.querySelector(`button[value="${decision}"]`);
  const targets = chosen();
  if (!button || !targets.length) return;
  if (!targets.every((row) => able(row, decision))) return tell(words.impossible, true);
  const reason = dialog.querySelector("[data-field=reason]"), note = dialog.querySelector("[data-field=note]");
  reason.value = "", note.value = "";
  reason.required = "reason" in button.dataset, note.required = "note" in button.dataset;
  reason.onchange = () => { note.required = "note" in button.dataset || reason.value === "other"; };
  dialog.querySelector("h2").textContent = words.title.replace("{decision}", button.textContent).replace("{count}", targets.length);
  dialog.querySelector("[data-bulk]").hidden = targets.length < 2;
  const go = dialog.querySelector("[data-go]");
  go.textContent = button.textContent;
  dialog.returnValue = "";
  dialog.onclose = () => {
    if (dialog.returnValue === "go") send(decision, button, targets, reason.value || null, note.value);
    else moveTo(rows().indexOf(targets[0]));
  };
  dialog.showModal();
  (reason.required ? reason : note.required ? note : go).focus();
}

async function post(address, content) {
  const key = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const headers = {
    "Content-Type": "application/json", "Idempotency-Key": key,
    "X-CSRF-Token": document.querySelector("meta[name=csrf]")?.content ?? "",
  };
  const answer = await fetch(address, { method: "POST", headers, body: JSON.stringify(content) });
  return [answer.status, await answer.json()];
}

async function send(decision, button, targets, reason, note) {
  const said = { decision, reason, note };
  const items = targets.map((row) => ({ id: row.dataset.key, reviews: Number(row.dataset.reviews) }));
  let results;
  try {
    if (items.length === 1) {
      const [status, content] = await post(`/api/v1/findings/${items[0].id}/reviews`, { ...said, reviews: items[0].reviews });
      results = [status === 201 ? { decided: true } : { decided: false, detail: content.detail }];
    } else {
      const [status, content] = await post("/api/v1/reviews", { ...said, items });
      if (status !== 200) { tell(half(content.detail), true); return moveTo(rows().indexOf(targets[0])); }
      results = content.results;
    }
  } catch {
    tell(words.sorry, true);
    return moveTo(rows().indexOf(targets[0]));
  }
  await show(button, targets, results);
}

async function show(button, targets, results) {
  const place = rows().indexOf(targets[0]);
  const done = targets.filter((_, number) => results[number].decided);
  const refused = results.filter((one) => !one.decided);
  targets.forEach((row, number) => { if (!results[number].decided) refuse(row, results[number].detail); });
  await refresh(done);
  if (!rows().length) return leave(button.value, done.length);
  const parts = [];
  if (done.length) parts.push(button.dataset.did);
  if (done.length > 1) parts.push(words.done.replace("{done}", done.length));
  if (refused.length) parts.push(targets.length > 1 ? words.refused.replace("{refused}", refused.length) : half(refused[0].detail));
  tell(parts.join(" "), refused.length > 0);
  moveTo(place);
  count();
}

// Nothing is left of what was shown: the page anew, with the message.
function leave(decision, many) {
  const address = new URL(window.location.href);
  address.searchParams.set("told", decision);
  address.searchParams.set("done", many);
  address.searchParams.delete("cursor");
  address.hash = "";
  window.location.assign(address);
}

function refuse(row, detail) {
  row.querySelector(".conflict")?.remove();
  const line = document.createElement("p");
  line.className = "conflict";
  line.append(`${half(detail)} `);
  const link = document.createElement("a");
  link.href = row.querySelector("a[data-open]").href;
  link.textContent = words.again;
  line.append(link);
  row.querySelector("a[data-open]").closest("td").append(line);
}

// The rows and counts as they are now; a row that the list does not hold any more goes.
async function refresh(done) {
  if (!done.length) return;
  const answer = await fetch(window.location.href, { headers: { Accept: "text/html" } }).catch(() => null);
  const next = answer?.ok ? new DOMParser().parseFromString(await answer.text(), "text/html") : null;
  if (next) document.querySelector(".tabs").replaceWith(next.querySelector(".tabs"));
  for (const row of done) {
    const made = next?.getElementById(row.id);
    if (made) row.replaceWith(made);
    else if (table.dataset.shown === "open") row.remove();
    else box(row).checked = false, row.dataset.possible = "";
  }
}

if (form) {
  for (const [letter, decision] of Object.entries(letters)) keys[letter] = () => start(decision);
  keys.x = () => {
    const row = cursor();
    if (row) box(row).checked = !box(row).checked, count();
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (event.submitter?.name === "decision") start(event.submitter.value);
  });
  document.addEventListener("change", (event) => {
    if (event.target === all) rows().forEach((row) => { box(row).checked = all.checked; });
    if (event.target === all || event.target.name === "f") count();
  });
  document.addEventListener("focusin", (event) => { if (event.target.closest("tr[data-row]")) count(); });
  if (all) all.hidden = false;
  count();
}
