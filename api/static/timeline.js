// The time line: zoom, pan, steps from stretch to stretch, the wall clock under the pointer.
// Without this file it is a picture whose clips are links.
import { clockOf, ticksOf } from "./axis.js";

const SHORTEST = 10_000; // ms on the whole paper: no further in than that
const STEP = 1.5;
const DRAGGED = 4; // pixels after which a click was a drag

const svg = document.querySelector("[data-timeline]");
if (svg) begin();

function begin() {
  const given = svg.dataset;
  const whole = { from: Number(given.from), to: Number(given.to) };
  const paper = { left: Number(given.left), right: Number(given.right), width: given.right - given.left };
  const view = { ...whole };
  const caption = document.querySelector("[data-caption]");
  const steps = [...svg.querySelectorAll("[data-step]")].map(stretch).sort((one, other) => one.lane - other.lane || one.a - other.a || one.b - other.b);

  const place = (at) => paper.left + ((Math.min(Math.max(at, view.from), view.to) - view.from) / (view.to - view.from)) * paper.width;
  const moment = (event) => {
    const x = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse()).x;
    return { x, at: view.from + ((x - paper.left) / paper.width) * (view.to - view.from), inside: x >= paper.left && x <= paper.right };
  };

  function stretch(element) {
    const lanes = [...svg.querySelectorAll(".lane")];
    return { element, a: Number(element.dataset.a), b: Number(element.dataset.b), lane: lanes.indexOf(element.closest(".lane")) };
  }

  function draw() {
    svg.querySelectorAll("[data-a]").forEach(drawStretch);
    svg.querySelectorAll("[data-mark]").forEach(drawMark);
    svg.querySelectorAll(".lane").forEach(drawLabels);
    drawTicks();
    svg.classList.toggle("zoomed", view.to - view.from < whole.to - whole.from - 1);
  }

  function drawStretch(element) {
    const a = Number(element.dataset.a), b = Number(element.dataset.b);
    element.toggleAttribute("data-away", b < view.from || a > view.to);
    const rect = element.tagName === "rect" ? element : element.querySelector("rect");
    const x = place(a), width = Math.max(place(b) - x, 2);
    rect.setAttribute("x", Math.min(x, paper.right - width));
    rect.setAttribute("width", width);
    beyond(element.querySelector(".before"), a < view.from, x + 9, "l-6 6 6 6");
    beyond(element.querySelector(".after"), b > view.to, x + width - 9, "l6 6-6 6");
  }

  function beyond(path, shown, x, arrow) {
    if (!path) return;
    show(path, shown);
    path.setAttribute("d", path.getAttribute("d").replace(/^M\S+/, `M${x}`).replace(/l.*$/, arrow));
  }

  function drawMark(group) {
    const at = Number(group.dataset.mark), x = place(at);
    group.toggleAttribute("data-away", at < view.from || at > view.to);
    const line = group.querySelector("line"), text = group.querySelector("text");
    line.setAttribute("x1", x);
    line.setAttribute("x2", x);
    const last = x > paper.right - 70;
    text.setAttribute("x", x + (last ? -5 : 5));
    text.setAttribute("text-anchor", last ? "end" : "start");
  }

  function drawLabels(lane) { // a label stays where it does not touch the one before
    let free = paper.left;
    for (const hole of lane.querySelectorAll(".hole:not([data-away])")) {
      const text = hole.querySelector("text"), rect = hole.querySelector("rect");
      show(text, true);
      const half = text.getComputedTextLength() / 2;
      const middle = Math.min(Math.max(Number(rect.getAttribute("x")) + Number(rect.getAttribute("width")) / 2, paper.left + half), paper.right - half);
      text.setAttribute("x", middle);
      show(text, middle - half >= free);
      if (middle - half >= free) free = middle + half + 8;
    }
  }

  function drawTicks() {
    const group = svg.querySelector("[data-ticks]");
    group.replaceChildren(...ticksOf(view, given.zone).flatMap((tick) => {
      const x = place(tick.at);
      const line = made("line", { x1: x, x2: x, y1: 19, y2: group.dataset.bottom, class: tick.day ? "tick newday" : "tick" });
      const text = made("text", { x, y: 14, "text-anchor": x > paper.right - 28 ? "end" : "middle" });
      text.textContent = tick.label;
      return [line, text];
    }));
  }

  function look(from, length) {
    const long = Math.min(Math.max(length, Math.min(SHORTEST, whole.to - whole.from)), whole.to - whole.from);
    view.from = Math.min(Math.max(from, whole.from), whole.to - long);
    view.to = view.from + long;
    draw();
  }

  const zoom = (factor, at = (view.from + view.to) / 2) => {
    const length = (view.to - view.from) / factor;
    look(at - ((at - view.from) / (view.to - view.from)) * length, length);
  };
  const pan = (share) => look(view.from + share * (view.to - view.from), view.to - view.from);
  const all = () => look(whole.from, whole.to - whole.from);

  // Steps: one of them is in the tab order, the arrow keys go on from there.
  let here = -1;
  steps.forEach((step, index) => {
    step.element.setAttribute("tabindex", "-1");
    step.element.addEventListener("focus", () => arrive(index));
    step.element.addEventListener("dragstart", (event) => event.preventDefault());
  });
  if (steps.length) steps[0].element.setAttribute("tabindex", "0");

  function arrive(index) {
    steps[Math.max(here, 0)].element.setAttribute("tabindex", "-1");
    here = index;
    const { element, a, b } = steps[here];
    element.setAttribute("tabindex", "0");
    if (caption) caption.textContent = element.querySelector("title").textContent.replaceAll("\n", " · ");
    if (a < view.from || a > view.to) look(a - (view.to - view.from) / 4, view.to - view.from);
    if (b < view.from) all();
  }

  function go(index) {
    if (!steps.length) return;
    const next = steps[Math.min(Math.max(index, 0), steps.length - 1)].element;
    next.focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  function changeLane(by) {
    const from = steps[Math.max(here, 0)];
    const lanes = [...new Set(steps.map((step) => step.lane))];
    const lane = lanes[lanes.indexOf(from.lane) + by];
    const near = steps.filter((step) => step.lane === lane).sort((one, other) => Math.abs(one.a - from.a) - Math.abs(other.a - from.a));
    if (near.length) go(steps.indexOf(near[0]));
  }

  const keys = {
    ArrowRight: () => go(here + 1), ArrowLeft: () => go(here < 0 ? 0 : here - 1),
    ArrowDown: () => changeLane(1), ArrowUp: () => changeLane(-1),
    Home: () => go(0), End: () => go(steps.length - 1),
    "+": () => zoom(STEP, middle()), "=": () => zoom(STEP, middle()), "-": () => zoom(1 / STEP, middle()), 0: all,
  };
  const middle = () => {
    const step = steps[here];
    return step && step.element === document.activeElement ? (Math.max(step.a, view.from) + Math.min(step.b, view.to)) / 2 : undefined;
  };
  document.querySelector("[data-paper]").addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const act = event.shiftKey && event.key.startsWith("Arrow") ? { ArrowLeft: () => pan(-0.2), ArrowRight: () => pan(0.2) }[event.key] : keys[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });

  const acts = { in: () => zoom(STEP), out: () => zoom(1 / STEP), whole: all };
  const buttons = document.querySelector("[data-zoom]");
  buttons.hidden = false;
  buttons.addEventListener("click", (event) => acts[event.target.closest("[data-do]")?.dataset.do]?.());

  svg.addEventListener("wheel", (event) => {
    const sideways = event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY);
    if (sideways ? !svg.classList.contains("zoomed") : event.deltaY > 0 && !svg.classList.contains("zoomed")) return; // the page scrolls
    event.preventDefault();
    if (sideways) pan((event.deltaX || event.deltaY) / 1000);
    else zoom(event.deltaY < 0 ? 1.25 : 0.8, moment(event).at);
  }, { passive: false });

  // Dragging pans; a drag is no click.
  let held = null;
  svg.addEventListener("pointerdown", (event) => {
    if (event.button === 0 && svg.classList.contains("zoomed")) held = { x: event.clientX, from: view.from, moved: false };
  });
  svg.addEventListener("pointermove", (event) => {
    follow(event);
    if (!held || (!held.moved && Math.abs(event.clientX - held.x) < DRAGGED)) return;
    if (!held.moved) svg.setPointerCapture(event.pointerId);
    held.moved = true;
    const shift = ((event.clientX - held.x) / svg.getScreenCTM().a / paper.width) * (view.to - view.from);
    look(held.from - shift, view.to - view.from);
  });
  const release = () => setTimeout(() => (held = null));
  svg.addEventListener("pointerup", release);
  svg.addEventListener("pointercancel", release);
  for (const kind of ["click", "auxclick"]) svg.addEventListener(kind, opened, true);

  function opened(event) {
    if (held?.moved) { event.preventDefault(); event.stopPropagation(); return; }
    const link = event.target.closest('a[data-step="clip"]');
    if (!link || !event.detail) return; // by keyboard: the moment that the link names
    const usual = link.getAttribute("href"), { at } = moment(event);
    const seconds = Math.max(0, (at - Number(link.dataset.a)) / 1000).toFixed(1);
    link.setAttribute("href", usual.replace(/at=[^&]*/, `at=${seconds}`));
    setTimeout(() => link.setAttribute("href", usual));
  }

  // The wall clock under the pointer.
  const hair = made("g", { class: "hair", display: "none", "aria-hidden": "true" });
  const line = made("line", { y1: 24, y2: svg.viewBox.baseVal.height - 4 }), text = made("text", { y: 34 });
  hair.append(line, text);
  svg.append(hair);
  svg.addEventListener("pointerleave", () => show(hair, false));
  function follow(event) {
    const { x, at, inside } = moment(event);
    show(hair, inside);
    line.setAttribute("x1", x);
    line.setAttribute("x2", x);
    text.textContent = clockOf(at, given.zone);
    text.setAttribute("x", x + (x > paper.right - 90 ? -6 : 6));
    text.setAttribute("text-anchor", x > paper.right - 90 ? "end" : "start");
  }

  draw(); // labels by the true width of their letters

  let kept = null; // paper shows the whole
  window.addEventListener("beforeprint", () => { kept = { ...view }; all(); });
  window.addEventListener("afterprint", () => { if (kept) look(kept.from, kept.to - kept.from); });
}

function made(name, attributes) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

function show(element, shown) {
  if (shown) element.removeAttribute("display");
  else element.setAttribute("display", "none");
}
