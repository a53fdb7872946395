// The player of one clip: original or proxy, one clock for both, jumps by marks and keys. Without this file the
// browser's own controls play from the asked second.
const box = document.getElementById("player");
const video = box?.querySelector("video");
const head = document.getElementById("head");
const marks = document.getElementById("marks");
const GRID = 5, LEAD = 2; // as api/media.py reckons: a proxy begins a little earlier, on a grid

const clock = (seconds) => {
  const tenths = Math.round(Math.max(seconds, 0) * 10);
  const two = (n) => String(n).padStart(2, "0");
  return `${Math.floor(tenths / 36000)}:${two(Math.floor(tenths / 600) % 60)}:${two(Math.floor(tenths / 10) % 60)}.${tenths % 10}`;
};

if (video) {
  const { original, opening } = box.dataset;
  const length = Number(box.dataset.length), stretch = Number(box.dataset.stretch), frame = Number(box.dataset.frame);
  const wall = box.dataset.wall === undefined ? null : Number(box.dataset.wall);
  const stops = box.dataset.stops.split(" ").filter(Boolean).map(Number);
  const position = box.querySelector(".position"), mode = box.querySelector("[data-mode]"), dead = box.querySelector(".dead");
  let direct = box.dataset.direct === "yes";
  let wanted = Number(box.dataset.at); // until the film is open, where it shall stand
  let base = direct ? 0 : beginning(wanted);
  let playing = false, opened = false, tried = 0;

  function beginning(at) {
    return Math.floor(Math.max(at - LEAD, 0) / GRID) * GRID;
  }
  const now = () => (opened ? base + video.currentTime : wanted);
  const inside = (at) => direct || (at >= base && at < base + (opened && Number.isFinite(video.duration) ? video.duration : stretch));

  function show() {
    const at = now();
    const local = wall === null ? "" : ` · ${clock((wall + at) % 86400).slice(0, -2)}`;
    position.textContent = `${clock(at)}${local}`;
    mode.textContent = !dead.hidden ? "" : !opened ? opening : direct ? box.dataset.playingOriginal : box.dataset.playingProxy;
    if (head && length) {
      const left = Number(marks.dataset.left), right = Number(marks.dataset.right);
      const x = left + Math.min(Math.max(at / length, 0), 1) * (right - left);
      head.setAttribute("x1", x);
      head.setAttribute("x2", x);
    }
  }

  function load(at) {
    wanted = at;
    opened = false;
    dead.hidden = true;
    base = direct ? 0 : beginning(at);
    video.src = direct ? original : `${original}/proxy?from=${base}&seconds=${stretch}`;
    show();
  }

  function go(at) {
    at = Math.min(Math.max(at, 0), length ? Math.max(length - frame, 0) : at);
    playing = !video.paused;
    if (opened && inside(at)) {
      video.currentTime = at - base;
      show();
    } else if (opened || !direct) {
      load(at);
    } else {
      wanted = at;
    }
  }

  async function failed() {
    const src = video.currentSrc || video.src;
    if (direct) { // what the browser was thought to play it does not: the proxy has to do
      direct = false;
      load(wanted);
      return;
    }
    const answer = await fetch(src.split("#")[0], { headers: { Range: "bytes=0-0" } }).catch(() => null);
    if (answer?.ok && tried++ < 2) { load(now()); return; }
    if (answer?.status === 503 && tried++ < 3) {
      setTimeout(() => load(wanted), 1000 * Number(answer.headers.get("Retry-After") ?? 5));
      return;
    }
    const told = await answer?.json?.().catch(() => null);
    const halves = String(told?.detail ?? "").split(" / ");
    box.querySelector("[data-reason]").textContent = halves.length === 2 ? halves[document.documentElement.lang === "en" ? 1 : 0] : halves.join(" / ");
    dead.hidden = false;
    show();
  }

  function open() {
    if (direct && box.dataset.picture === "yes" && !video.videoWidth) { failed(); return; } // sound without its picture
    opened = true;
    if (Math.abs(base + video.currentTime - wanted) > 0.02) video.currentTime = Math.max(wanted - base, 0);
    if (playing) video.play().catch(() => {});
    show();
  }

  function stop(by) {
    const at = now();
    const next = by > 0 ? stops.find((one) => one > at + 0.3) : stops.findLast((one) => one < at - 0.8);
    if (next !== undefined) go(next);
  }

  function step(by) {
    video.pause();
    go(now() + by * frame);
  }

  video.addEventListener("loadedmetadata", open);
  video.addEventListener("error", failed);
  for (const event of ["timeupdate", "seeked", "play", "pause"]) video.addEventListener(event, show);
  video.addEventListener("ended", () => {
    const end = base + video.duration;
    if (direct || !length || end > length - 0.5) return;
    load(end);
    playing = true;
  });
  if (video.error) failed();
  else if (video.readyState >= 1) open();
  show();

  const keys = {
    " ": () => (video.paused ? video.play().catch(() => {}) : video.pause()),
    ",": () => step(-1),
    ".": () => step(1),
    ArrowLeft: () => go(now() - 5),
    ArrowRight: () => go(now() + 5),
    "[": () => stop(-1),
    "]": () => stop(1),
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || !keys[event.key]) return;
    if (event.target.closest("input, select, textarea")) return;
    if (event.key === " " && event.target.closest("button, summary, a")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    keys[event.key]();
  }, true);

  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-at]:not(#player)");
    const button = event.target.closest("[data-step]");
    if (button) { stop(button.dataset.step === "next" ? 1 : -1); return; }
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (link) {
      event.preventDefault();
      go(Number(link.dataset.at));
      video.scrollIntoView({ block: "nearest" });
    } else if (event.target.closest("#marks") && length) {
      const place = new DOMPoint(event.clientX, event.clientY).matrixTransform(marks.getScreenCTM().inverse());
      const left = Number(marks.dataset.left), right = Number(marks.dataset.right);
      if (place.x >= left) go(((place.x - left) / (right - left)) * length);
    }
  });
  for (const button of box.querySelectorAll("[data-step]")) button.hidden = !stops.length;
}
