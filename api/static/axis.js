// Ticks at round local times, as `scale.py` draws them, for whatever part of the time line is looked at.
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400];
const MOST = 9;
const forms = new Map();

function local(at, zone) {
  if (!forms.has(zone)) {
    const parts = { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit" };
    forms.set(zone, new Intl.DateTimeFormat("en-GB", { ...parts, timeZone: zone, hourCycle: "h23" }));
  }
  return Object.fromEntries(forms.get(zone).formatToParts(new Date(at)).map((part) => [part.type, part.value]));
}

export function clockOf(at, zone) {
  const { hour, minute, second } = local(at, zone);
  return `${hour}:${minute}:${second}`;
}

function offset(at, zone) { // local time as if it were UTC, less the instant
  const { year, month, day, hour, minute, second } = local(at, zone);
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(at / 1000) * 1000;
}

export function ticksOf(view, zone) {
  const length = (view.to - view.from) / 1000;
  const step = (STEPS.find((seconds) => length / seconds <= MOST) ?? (Math.floor(length / 86400 / 8) + 1) * 86400) * 1000;
  const shift = offset(view.from, zone), ticks = [];
  let day = null;
  for (let at = Math.ceil((view.from + shift) / step) * step - shift; at <= view.to; at += step) {
    const part = local(at, zone), date = `${part.month}-${part.day}`, clock = `${part.hour}:${part.minute}`;
    const whole = step < 60_000 ? `${clock}:${part.second}` : clock;
    const fresh = day !== null && date !== day;
    ticks.push({ at, day: fresh, label: step >= 86_400_000 ? date : fresh ? `${date} ${whole}` : whole });
    day = date;
  }
  return ticks;
}
