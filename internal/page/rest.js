// The head of the page, what is wrong, what is tracked, the daemon; and the drawing of everything.

const warningsShown = { most: 8 };

// freshness says how old what is shown is, and raises the alarm when that is not what is now.
function freshness() {
  document.body.classList.toggle("dead", known.problem !== "");
  const alarm = byID("alarm");
  if (known.problem) {
    const since = known.heard ? "since " + clock(known.since) + " (" + span((Date.now() - known.since) / 1000) + ")" : "at all";
    put(byID("fresh"), "not answering " + since);
    // The seconds stand above: an alert that changes every second would be read out every second.
    put(alarm, "The daemon is not answering since " + clock(known.since) + ": " + known.problem + ". " +
      (known.all ? "What is shown below is what it last said, and not what is now." : ""));
  } else if (known.all && known.all.problem) {
    put(alarm, "Not what is now: " + known.all.problem);
    put(byID("fresh"), "answers, but knows nothing new");
  } else if (known.all) {
    put(byID("fresh"), "as of " + clock(Date.now()));
  }
  show(alarm, known.problem || known.all && known.all.problem);
}

function drawHead(all) {
  const d = all.daemon;
  const name = [d.instance, d.namespace && "namespace " + d.namespace].filter(Boolean).join(", ");
  put(byID("title"), "holdfast" + (name ? " – " + name : ""));
  put(byID("subtitle"), "Version " + d.version + ", process " + d.pid + ", running for " + ago(d.started) +
    (d.stopping ? ", is stopping" : d.complete ? "" : ", its start is not complete"));
}

// tiles are what somebody who looks for a second wants to know.
function drawTiles(all) {
  const masters = all.instances.filter((r) => r.state === "MASTER").length;
  const faults = all.instances.filter((r) => r.state === "FAULT").length;
  const up = all.services.reduce((n, s) => n + s.servers_up, 0);
  const servers = all.services.reduce((n, s) => n + s.servers, 0);
  const lostQuorum = all.services.filter((s) => s.quorum === "down").length;
  const last = known.problem ? "last heard: " : "";
  const tiles = [];
  if (all.instances.length > 0) {
    tiles.push({ to: "#routers", head: last + "MASTER of " + masters + " of " + all.instances.length, look: faults ? "bad" : masters ? "ok" : "calm",
      text: faults ? counted(faults, "virtual router") + " in FAULT" : masters === all.instances.length ? "every virtual router is here" : masters ? "the others are BACKUP" : "BACKUP: another director is master" });
  }
  if (servers > 0 || all.services.length > 0) {
    tiles.push({ to: "#services", head: last + up + " of " + servers + " servers up", look: lostQuorum ? "bad" : up < servers ? "wait" : "ok",
      text: lostQuorum ? counted(lostQuorum, "virtual server") + " without quorum" : counted(all.services.length, "virtual server") });
  }
  const sessions = all.sessions.filter((s) => s.state === "Up").length;
  if (all.sessions.length > 0) {
    tiles.push({ to: "#tracked", head: last + sessions + " of " + counted(all.sessions.length, "session") + " Up", look: sessions < all.sessions.length ? "bad" : "ok", text: "BFD" });
  }
  const errors = all.warnings.filter((w) => w.severity === "error").length;
  tiles.push(all.warnings.length > 0
    ? { to: "#warnings", head: last + counted(all.warnings.length, "warning"), look: errors ? "bad" : "wait", text: errors ? counted(errors, "error") + " among them" : "nothing that is an error" }
    : { to: "#daemon", head: last + "All is well", look: "ok", text: "no warnings" });
  keep(byID("tiles"), tiles, (t) => t.to, () => el("li", {}, el("a", {}, el("strong"), el("span"))), (li, t) => {
    const a = li.firstChild;
    set(a, "href", t.to);
    set(a, "class", t.look);
    put(a.children[0], t.head);
    put(a.children[1], t.text);
  });
  document.title = (known.problem ? "not answering" : all.warnings.length ? "(" + all.warnings.length + ") " + tiles[0].head : tiles[0].head) + " · holdfast";
}

function drawWarnings(all) {
  const list = all.warnings;
  show(byID("warnings"), list.length > 0);
  keep(byID("warning-list"), list.slice(0, warningsShown.most), (w) => [w.severity, w.about, w.name, w.text, w.line].join(" "),
    () => el("li", {}, el("span"), el("span", { class: "text" }), el("span", { class: "when" })), (li, w) => {
      badge(li.children[0], w.severity, known.problem !== "");
      const place = w.file ? w.file + ":" + w.line + ":" + w.column + ": " : "";
      put(li.children[1], place + (w.name && !w.text.includes(w.name) ? w.about + " " + w.name + ": " : "") + w.text);
      put(li.children[2], w.since ? "for " + ago(w.since) : "");
    });
  more(byID("warning-more"), list.length - warningsShown.most, "warning", () => { warningsShown.most += 50; });
}

const trackersShown = 200;

function drawTracked(all) {
  show(byID("tracker-table"), all.trackers.length > 0);
  show(byID("session-table"), all.sessions.length > 0);
  show(byID("tracked-none"), all.trackers.length + all.sessions.length === 0);
  keep(byID("tracker-rows"), all.trackers.slice(0, trackersShown), (t) => t.kind + " " + t.name, () => {
    const tr = row(4);
    tr.children[1].append(el("span"));
    return tr;
  }, (tr, t) => {
    const c = tr.children;
    put(c[0], t.kind + " " + t.name);
    badge(c[1].firstChild, t.status === "value" ? "value " + t.value : t.status, was("vrrp"));
    put(c[2], t.detail);
    put(c[3], t.used_by.map((u) => u.instance + (u.weight ? " (weight " + u.weight + (u.reverse ? ", reversed" : "") + ")" : u.reverse ? " (reversed)" : "")).join(", "));
  });
  keep(byID("session-rows"), all.sessions, (s) => s.name, () => {
    const tr = row(7);
    tr.children[1].append(el("span"));
    return tr;
  }, (tr, s) => {
    const c = tr.children;
    put(c[0], s.name);
    badge(c[1].firstChild, s.state, was("bfd"));
    put(c[2], ago(s.since));
    put(c[3], s.neighbor);
    put(c[4], s.remote_state);
    put(c[5], s.detection_us / 1000 + " ms");
    put(c[6], s.diagnostic);
  });
}

function drawDaemon(all) {
  const c = all.config;
  const list = [["Configuration", c.file], ["In force", "for " + ago(c.loaded) + ", number " + c.generation + (c.hash ? ", SHA-256 " + c.hash.slice(0, 12) + "…" : "")]];
  const r = c.last_reload;
  if (r) list.push(["Last reload", (r.ok ? "done" : "refused") + " " + ago(r.at) + " ago: " + r.reason]);
  for (const s of all.sources) {
    const word = known.problem ? "answered when it was last heard, process " : "answers, process ";
    list.push(["Process " + s.role, s.problem ? s.problem + (s.at ? "; last known " + clock(Date.parse(s.at)) : "") : word + s.pid]);
  }
  for (const g of all.groups) list.push(["Sync group " + g.name, (was("vrrp") ? "was " : "") + g.state + ": " + g.members.join(", ")]);
  for (const o of all.overrides || []) {
    list.push(["By hand", o.text + ", for " + ago(o.since) + (o.until ? ", until " + clock(Date.parse(o.until)) : "")]);
  }
  facts(byID("daemon-facts"), list);
}

// draw shows everything that is known.
function draw() {
  freshness();
  const all = known.all;
  if (!all) return;
  drawHead(all);
  drawTiles(all);
  drawWarnings(all);
  drawRouters(all);
  drawServices(all);
  drawTracked(all);
  drawDaemon(all);
  drawTimeline(all);
}

known.since = Date.now();
poll();
pulse();
setInterval(freshness, 1000);
