// What has happened: by the events of the daemon where it keeps some, else by what was seen from here.

const story = { events: [], last: 0, kept: true, pid: 0, seen: new Map(), span: 3600, drawn: "" };
const eventsKept = 2000;

// askEvents asks for what has happened since it was asked last.
async function askEvents() {
  if (!story.kept) return;
  const pid = known.all.daemon.pid;
  if (story.pid !== pid) { // another daemon counts anew
    if (story.pid) story.events = [];
    story.pid = pid;
    story.last = 0;
  }
  try {
    // Without a serial these are the latest.
    const answer = await get("/v1/events" + (story.last ? "?after=" + story.last : ""), asking.patience);
    if (!Array.isArray(answer.events)) throw Object.assign(new Error("none"), { status: 404 });
    if (!story.told) story.events = []; // what was guessed from states
    story.told = true;
    for (const e of answer.events) {
      if (e.serial <= story.last) continue;
      story.last = e.serial;
      const name = [e.of, e.name].filter(Boolean).join(" ");
      story.events.push({ at: Date.parse(e.at), about: e.about, name, from: e.from, to: e.to, why: e.reason || e.text });
    }
  } catch (err) {
    if (err.status === 404) story.kept = false; // a daemon without events: what is seen from here is told
    else throw err;
  }
  if (story.events.length > eventsKept) story.events.splice(0, story.events.length - eventsKept);
}

// states are those of everything whose changes are followed.
function states(all) {
  const map = new Map();
  const add = (about, role, name, state, since, why) => map.set(about + "\u0000" + name, { about, role, name, state, since, why });
  for (const r of all.instances) add("instance", "vrrp", r.name, r.state, r.since, r.reasons.join("; "));
  for (const s of all.services) add("service", "checker", s.name, s.quorum, "", "");
  for (const s of all.servers) add("server", "checker", s.service + " " + s.name, s.up ? "up" : "down", s.since, s.reason);
  for (const s of all.sessions) add("session", "bfd", s.name, s.state, s.since, s.diagnostic);
  for (const t of all.trackers) if (t.status !== "value") add("tracker", "vrrp", t.kind + " " + t.name, t.status, "", "");
  return map;
}

// follow notes what has changed from one answer to the next, and has it said.
function follow(before, after) {
  const is = states(after);
  if (!before || before.daemon.pid !== after.daemon.pid) {
    // What is known of the time before this page was opened: since when things are as they are.
    for (const s of is.values()) {
      if (s.about === "instance" && s.since) note(Date.parse(s.since), s, "", s.why);
    }
    if (before) say("The daemon was started again");
    story.seen = is;
    return;
  }
  const changes = [];
  for (const [key, s] of is) {
    const old = story.seen.get(key);
    if (!old || old.state === s.state) continue;
    const at = s.since && Date.parse(s.since) > now() - 600000 && s.about === "instance" ? Date.parse(s.since) : now();
    note(at, s, old.state, s.why);
    changes.push(s.name + ": " + old.state + ", now " + s.state);
  }
  story.seen = is;
  if (changes.length > 3) say(changes.slice(0, 3).join(". ") + " and " + (changes.length - 3) + " more changes");
  else if (changes.length > 0) say(changes.join(". "));
}

// note keeps a change that was seen from here, unless the daemon tells what has happened itself.
function note(at, s, from, why) {
  if (story.told) return;
  story.events.push({ at, about: s.about, name: s.name, from, to: s.state, why });
  story.events.sort((a, b) => a.at - b.at);
}

// say has a screen reader say something.
function say(text) { put(byID("said"), text); }

const svgNS = "http://www.w3.org/2000/svg";

function draft(tag, attrs, text) {
  const node = document.createElementNS(svgNS, tag);
  for (const [name, value] of Object.entries(attrs)) node.setAttribute(name, String(value));
  if (text !== undefined) node.textContent = text;
  return node;
}

// lanes are the virtual routers with the spans in which they were in a state, between two moments.
function lanes(all, from, to) {
  return all.instances.map((r) => {
    const list = story.events.filter((e) => e.about === "instance" && e.name === r.name);
    const spans = [];
    let state = list.length && list[0].from ? list[0].from : "";
    let at = from;
    for (const e of list) {
      if (e.at > from && state) spans.push({ state, from: at, to: Math.min(e.at, to) });
      else if (e.at > from) spans.push({ state: "unknown", from: at, to: e.at });
      state = e.to;
      at = Math.max(from, e.at);
    }
    // The last word is that of the state itself.
    const since = r.since ? Date.parse(r.since) : at;
    if (state !== r.state && since > at) {
      spans.push({ state: state || "unknown", from: at, to: since });
      at = since;
    }
    spans.push({ state: r.state, from: at, to });
    return { name: r.name, spans: spans.filter((s) => s.to > s.from), changes: list.filter((e) => e.at > from).length };
  });
}

const lanesShown = 24;

function drawTimeline(all) {
  const box = byID("picture");
  const end = now();
  const from = end - story.span * 1000;
  let list = lanes(all, from, end);
  if (list.length > lanesShown) list = list.sort((a, b) => b.changes - a.changes).slice(0, lanesShown);
  const marks = story.events.filter((e) => e.about !== "instance" && e.at > from);
  const width = Math.max(320, box.clientWidth - 26);
  // Drawn anew only when a point has moved by half a pixel or more.
  const step = story.span * 500 / width;
  const key = [width, Math.floor(end / step), story.events.length, story.last, known.problem !== "", story.span, list.length].join(" ");
  drawHistory();
  if (key === story.drawn) return;
  story.drawn = key;
  box.replaceChildren(picture(list, marks, { from, end, width }));
  const hidden = all.instances.length - list.length;
  const parts = [];
  if (hidden > 0) parts.push(counted(hidden, "virtual router") + " more without a place here");
  if (!story.told) parts.push("what was before this page was opened is known only as far as the daemon tells since when a state lasts");
  put(byID("picture-note"), parts.join("; "));
}

// picture draws lanes and marks.
function picture(list, marks, at) {
  const lane = 30;
  const left = Math.min(180, Math.floor(at.width / 4));
  const rows = list.length + (marks.length > 0 ? 1 : 0);
  const height = Math.max(1, rows) * lane + 26;
  const svg = draft("svg", { viewBox: "0 0 " + at.width + " " + height, height, role: "img", "aria-label": inWords(list, marks) });
  const x = (t) => left + (at.width - left - 4) * (t - at.from) / (at.end - at.from);
  for (const t of ticks(at.from, at.end)) {
    svg.append(draft("line", { class: "grid", x1: x(t), x2: x(t), y1: 0, y2: height - 20 }),
      draft("text", { class: "tick", x: x(t), y: height - 5, "text-anchor": "middle" }, clock(t).slice(-8, story.span <= 300 ? undefined : -3)));
  }
  list.forEach((l, n) => drawLane(svg, l, n * lane, { x, left, lane }));
  marks.forEach((m) => {
    const y = list.length * lane + lane / 2;
    const sign = draft("path", { class: "event" + (/down|Down|FAULT|refused/.test(m.to) ? " bad" : ""), d: "M" + x(m.at) + " " + (y - 6) + "l5 6l-5 6l-5 -6z" });
    sign.append(draft("title", {}, clock(m.at) + " " + m.about + " " + m.name + ": " + m.to));
    svg.append(sign);
  });
  if (marks.length > 0) svg.append(draft("text", { x: 0, y: list.length * lane + 19 }, "everything else"));
  if (known.problem) {
    svg.append(draft("line", { class: "gone", x1: at.width - 3, x2: at.width - 3, y1: 0, y2: height - 20 }));
  }
  return svg;
}

function drawLane(svg, l, y, at) {
  const room = Math.floor(at.left / 7.2);
  const name = draft("text", { x: 0, y: y + 19 }, l.name.length > room ? l.name.slice(0, room - 1) + "…" : l.name);
  name.append(draft("title", {}, l.name));
  svg.append(name);
  for (const s of l.spans) {
    const from = at.x(s.from);
    const wide = Math.max(1.5, at.x(s.to) - from);
    const word = ["MASTER", "BACKUP", "FAULT", "INIT"].includes(s.state) ? s.state : "unknown";
    const box = draft("rect", { class: word, x: from, y: y + 4, width: wide, height: at.lane - 8, rx: Math.min(4, wide / 2) });
    box.append(draft("title", {}, l.name + " " + (word === "unknown" ? "not known" : word) + ", " + clock(s.from) + " to " + clock(s.to)));
    svg.append(box);
    for (let h = from + 6; word === "FAULT" && h < from + wide - 6; h += 9) {
      svg.append(draft("line", { class: "hatch", x1: h, x2: h + 6, y1: y + at.lane - 5, y2: y + 5 }));
    }
    if (wide > 64 && word !== "unknown") {
      if (word === "FAULT") svg.append(draft("rect", { class: word, x: from + 4, y: y + 6, width: 50, height: at.lane - 12, rx: 3 }));
      svg.append(draft("text", { class: "on on-" + word, x: from + 8, y: y + 19 }, word));
    }
  }
}

// ticks are round moments, six at most.
function ticks(from, end) {
  const steps = [10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600].map((s) => s * 1000);
  const step = steps.find((s) => (end - from) / s <= 6) || steps.at(-1);
  const zone = new Date(end).getTimezoneOffset() * 60000;
  const all = [];
  for (let t = Math.ceil((from - zone) / step) * step + zone; t < end; t += step) {
    if (t - from > (end - from) / 30) all.push(t);
  }
  return all;
}

// inWords is the picture for those who do not see it.
function inWords(list, marks) {
  const text = list.map((l) => l.name + ": " + l.spans.map((s) => s.state + " from " + clock(s.from)).join(", ")).join("; ");
  return "States over time. " + (text || "no virtual routers") + ". " + counted(marks.length, "other event");
}

function drawHistory() {
  put(byID("history-count"), "(" + story.events.length + ")");
  if (!byID("history").open) return;
  const list = story.events.slice(-300).reverse();
  keep(byID("history-rows"), list, (e) => [e.at, e.about, e.name, e.to].join(" "), () => row(5), (tr, e) => {
    const c = tr.children;
    put(c[0], clock(e.at));
    put(c[1], e.about + " " + e.name);
    put(c[2], e.from || "–");
    if (!c[3].firstChild) c[3].append(el("span"));
    badge(c[3].firstChild, e.to || "–", false);
    put(c[4], e.why || "");
    set(c[4], "class", "why");
  });
}

for (const radio of document.querySelectorAll("input[name=span]")) {
  radio.addEventListener("change", () => { story.span = Number(radio.value); draw(); });
}
// reach goes as far back as there is something to see, until somebody says how far.
function reach(seconds) {
  for (const radio of document.querySelectorAll("input[name=span]")) {
    if (Number(radio.value) >= seconds || radio.value === "3600") {
      radio.checked = true;
      story.span = Number(radio.value);
      return;
    }
  }
}

byID("history").addEventListener("toggle", () => draw());
addEventListener("resize", () => { if (known.all) drawTimeline(known.all); });
