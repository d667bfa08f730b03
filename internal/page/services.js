// Virtual servers: closed, what is in one is made when it is opened, and never more than a part of thousands.

const shop = { most: 60, filter: "", bad: false, open: new Map(), servers: new Map(), checks: new Map() };
const serversShown = 100;

// shelve sorts servers and checks by where they belong.
function shelve(all) {
  shop.servers.clear();
  for (const s of all.servers) {
    const list = shop.servers.get(s.service);
    if (list) list.push(s); else shop.servers.set(s.service, [s]);
  }
  shop.checks.clear();
  for (const c of all.checks) {
    const key = c.service + "\u0000" + c.server;
    const list = shop.checks.get(key);
    if (list) list.push(c); else shop.checks.set(key, [c]);
  }
}

const fits = (text) => text.toLowerCase().includes(shop.filter);

// sought are the servers of a service that are looked for.
function sought(service) {
  let list = shop.servers.get(service.name) || [];
  if (shop.bad) list = list.filter((s) => !s.up);
  if (shop.filter && !fits(service.name)) list = list.filter((s) => fits(s.name) || fits(s.reason));
  return list;
}

function wanted(service) {
  if (shop.bad && service.quorum === "up" && service.servers_up === service.servers) return false;
  return !shop.filter || fits(service.name) || fits(service.group) || sought(service).length > 0;
}

function makeService(service) {
  const p = { name: el("span", { class: "name" }), state: el("span"), up: el("span"), fill: el("i"), how: el("span", { class: "dim" }) };
  p.meter = el("span", { class: "meter", "aria-hidden": "true" }, p.fill);
  p.inside = el("div", { class: "inside" });
  const box = el("details", { class: "service" },
    el("summary", {}, p.name, el("span", {}, p.state), el("span", { class: "share" }, p.meter, p.up), p.how), p.inside);
  box.parts = p;
  box.addEventListener("toggle", () => {
    if (box.open) shop.open.set(service.name, shop.open.get(service.name) || serversShown);
    else shop.open.delete(service.name);
    updateService(box, box.service);
  });
  return box;
}

function updateService(box, s) {
  box.service = s;
  const p = box.parts;
  const old = was("checker");
  put(p.name, s.name);
  badge(p.state, s.suspended ? "suspended" : s.quorum, old);
  put(p.up, s.servers_up + " of " + s.servers + " up");
  set(p.meter, "class", "meter" + (old ? " was" : ""));
  p.fill.style.width = (s.servers ? 100 * s.servers_up / s.servers : 0) + "%";
  const how = [s.method + " " + s.scheduler];
  if (s.serving && s.serving !== "real servers") how.push("clients go to " + s.serving);
  if (s.active_connections !== null) how.push(counted(s.active_connections, "connection"));
  if (!s.in_table && !s.suspended) how.push("not in the table");
  const hand = byHand(s);
  if (hand) how.push("by hand: " + hand);
  put(p.how, how.join(", "));
  if (box.open) drawInside(p.inside, s);
  else if (p.inside.firstChild) { // closed: nothing of thousands stays behind
    p.inside.replaceChildren();
    p.inside.table = null;
  }
}

function drawInside(inside, service) {
  if (!inside.table) {
    const heads = ["Real server", "State", "Weight", "Connections", "Checks", "Why"].map((h, n) =>
      el("th", { scope: "col", class: n === 2 || n === 3 ? "num" : null }, h));
    inside.facts = el("p", { class: "note" });
    inside.table = el("tbody");
    inside.more = el("button", { type: "button", class: "more" });
    inside.append(inside.facts, el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Real servers of " + service.name },
      el("table", {}, el("thead", {}, el("tr", {}, ...heads)), inside.table)), inside.more);
  }
  const where = service.entries.slice(0, 5).map((e) => e.fwmark ? "mark " + e.fwmark : (e.first === e.last ? e.first : e.first + " to " + e.last) + (e.port ? " port " + e.port : ""));
  if (service.entries.length > 5) where.push(service.entries.length - 5 + " more");
  put(inside.facts, "Clients find it at " + where.join(", ") + "; quorum " + service.quorum_wanted + ", weight that is up " + service.weight);
  const list = sought(service);
  const most = shop.open.get(service.name) || serversShown;
  // Where not all are shown, those that are down come first.
  const sorted = list.length > most ? list.filter((s) => !s.up).concat(list.filter((s) => s.up)) : list;
  keep(inside.table, sorted.slice(0, most), (s) => s.name, makeServer, updateServer);
  more(inside.more, list.length - most, "real server", () => shop.open.set(service.name, most + serversShown));
}

function makeServer() {
  const tr = row(6);
  const c = tr.children;
  c[1].append(el("span"));
  set(c[2], "class", "num");
  set(c[3], "class", "num");
  set(c[5], "class", "why");
  const list = el("ul", { class: "checks" });
  const box = el("details", {}, el("summary"), list);
  c[4].append(box);
  c[5].append(el("span"));
  tr.checks = { box, list };
  box.addEventListener("toggle", () => updateServer(tr, tr.server));
  return tr;
}

function updateServer(tr, s) {
  tr.server = s;
  const c = tr.children;
  const old = was("checker");
  put(c[0], s.name);
  badge(c[1].firstChild, s.backup ? (s.up ? "backup, up" : "backup, down") : s.up ? "up" : "down", old);
  let weight = String(s.in_table ? s.written_weight : s.effective_weight);
  if (Number(weight) !== s.weight) weight += " of " + s.weight;
  put(c[2], weight + (s.in_table ? "" : ", not in the table"));
  put(c[3], s.active_connections === null ? "–" : String(s.active_connections));
  const { box, list } = tr.checks;
  put(box.firstChild, s.checks === 0 ? "none" : s.checks - s.checks_failed + " of " + s.checks + " pass");
  const why = [s.reason && s.since ? s.reason + ", for " + ago(s.since) : s.reason];
  const hand = byHand(s);
  if (hand) why.push("by hand: " + hand);
  put(c[5].firstChild, why.filter(Boolean).join("; "));
  const checks = box.open ? shop.checks.get(s.service + "\u0000" + s.name) || [] : [];
  keep(list, checks, (k) => k.kind + " " + k.target, () => el("li", {}, el("span"), el("span")), (li, k) => {
    const word = !k.enabled ? "suspended" : !k.has_run ? "not checked" : k.up ? "up" : "down";
    badge(li.children[0], word, old);
    let text = " " + k.kind + " " + k.target;
    if (k.error) text += ": " + k.error + (k.failures > 1 ? ", " + k.failures + " times in a row" : "");
    if (k.not_made_error) text += "; could not be made: " + k.not_made_error;
    if (k.last_attempt) text += ", last tried " + ago(k.last_attempt) + " ago";
    put(li.children[1], text);
  });
}

function drawServices(all) {
  shelve(all);
  const list = all.services.filter(wanted);
  const none = byID("services-none");
  show(none, list.length === 0);
  if (list.length === 0) put(none, all.services.length ? "None of " + counted(all.services.length, "virtual server") + " is like that." : "The configuration has no virtual server.");
  // A whole list is in the order of the configuration; of a part, what is down comes first.
  const sorted = list.length > shop.most ? list.slice().sort((a, b) => (a.quorum === "up") - (b.quorum === "up") || a.servers_up / a.servers - b.servers_up / b.servers) : list;
  keep(byID("service-list"), sorted.slice(0, shop.most), (s) => s.name, makeService, updateService);
  more(byID("service-more"), list.length - shop.most, "virtual server", () => { shop.most += 60; });
}

let typed = 0;
byID("filter").addEventListener("input", (e) => {
  clearTimeout(typed);
  typed = setTimeout(() => { shop.filter = e.target.value.trim().toLowerCase(); draw(); }, 120);
});
byID("only-bad").addEventListener("change", (e) => { shop.bad = e.target.checked; draw(); });
document.querySelector(".filter").addEventListener("submit", (e) => e.preventDefault());
