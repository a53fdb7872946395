// Keys of an item to be checked; the page works without this file as well.
const form = document.getElementById("check");
const verdicts = () => [...(form?.querySelectorAll("input[name=verdict]") ?? [])];

function choose(at) {
  const radio = verdicts()[at];
  if (!radio) return;
  radio.checked = true;
  radio.focus();
}

const keys = {
  1: () => choose(0),
  2: () => choose(1),
  3: () => choose(2),
  m: () => form?.querySelector("input[name=missed]")?.click(),
  c: () => form?.querySelector("textarea")?.focus(),
  n: () => document.querySelector("a[data-next]")?.click(),
  p: () => document.querySelector("a[data-previous]")?.click(),
  o: () => document.querySelector("a[data-timeline]")?.click(),
};

document.addEventListener("keydown", (event) => {
  if (event.isComposing) return;
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && form) {
    event.preventDefault();
    form.requestSubmit();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || !keys[event.key]) return;
  if (event.target.closest("textarea, select, input:not([type=radio]):not([type=checkbox])")) return;
  event.preventDefault();
  keys[event.key]();
});
