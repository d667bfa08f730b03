// Virtual routers as cards.

const routersShown = { most: 60 };

function makeRouter() {
  const parts = {
    name: el("h3"), state: el("span"), since: el("p", { class: "since" }), why: el("ul", { class: "why" }),
    facts: el("dl", { class: "facts" }), vips: el("ul", { class: "vips", "aria-label": "Virtual addresses" }), hand: el("p", { class: "by-hand" }),
  };
  const card = el("li", { class: "card" }, el("div", { class: "head" }, parts.name, parts.state), parts.since, parts.why, parts.hand,
    parts.facts, parts.vips);
  card.parts = parts;
  return card;
}

function updateRouter(card, r) {
  const p = card.parts;
  const old = was("vrrp");
  set(card, "class", "card " + lookOf(r.state, old));
  put(p.name, r.name);
  badge(p.state, r.state, old);
  put(p.since, r.since ? (old ? "was for " : "for ") + ago(r.since) + ", since " + clock(Date.parse(r.since)) : "");
  const why = r.reasons.slice();
  const last = r.last_transition;
  if (last && last.reason && !why.includes(last.reason)) why.unshift(last.from + " → " + last.to + ": " + last.reason);
  for (const o of r.other_masters) {
    if (o.now) why.push("a second master: " + o.address + " with priority " + o.priority);
  }
  for (const a of r.lacks || []) why.push("has to do without " + a);
  keep(p.why, why, (text) => text, () => el("li"), put);
  show(p.why, why.length > 0);
  const hand = byHand(r);
  put(p.hand, hand ? "by hand: " + hand : "");
  show(p.hand, hand);
  facts(p.facts, routerFacts(r));
  keep(p.vips, r.addresses, (a) => a.address + " " + a.interface, () => el("li", {}, el("span", { class: "mono" }), el("span")), (li, a) => {
    put(li.children[0], a.address);
    const there = a.present ? "here" : a.wanted ? "missing" : "not here";
    put(li.children[1], a.interface + ", " + (old ? "was " : "") + there + (a.excluded ? ", not in adverts" : "") +
      (a.hosts_own ? ", the host's own" : ""));
    set(li.children[1], "class", a.wanted && !a.present && !old ? "badge bad" : a.present && !old ? "badge ok" : "dim");
  });
  show(p.vips, r.addresses.length > 0);
}

// routerFacts are the terms and values of a card.
function routerFacts(r) {
  let priority = String(r.effective_priority);
  if (r.effective_priority !== r.priority) priority += " (" + r.priority + " in the configuration)";
  let master = "not heard yet";
  if (r.state === "MASTER") master = "this director" + (r.source ? ", " + r.source : "");
  else if (r.master) master = r.master + ", priority " + r.master_priority;
  const list = [[was("vrrp") ? "Last master" : "Master", master], ["Priority", priority + (r.preempt ? "" : ", does not preempt")],
    ["Router", "VRID " + r.vrid + " on " + r.interface + ", VRRPv" + r.version + ", " + (r.family === "ipv6" ? "IPv6" : "IPv4")],
    ["Adverts", "every " + r.advert_interval_ms / 1000 + " s; a backup takes over after " + r.master_down_ms / 1000 + " s without"]];
  if (r.group) list.push(["Sync group", r.group]);
  return list;
}

// facts writes terms and values.
function facts(dl, list) {
  keep(dl, list.flatMap(([term, value]) => [["dt", term, term], ["dd", term, value]]), ([tag, term]) => tag + term, ([tag]) => el(tag),
    (node, [, , text]) => put(node, text));
}

function drawRouters(all) {
  const list = all.instances;
  show(byID("routers-none"), list.length === 0);
  // Those that are not as they should be come first only where not all are shown.
  const order = { FAULT: 0, INIT: 1, MASTER: 2, BACKUP: 3 };
  const sorted = list.length > routersShown.most ? list.slice().sort((a, b) => (order[a.state] ?? 4) - (order[b.state] ?? 4)) : list;
  keep(byID("router-list"), sorted.slice(0, routersShown.most), (r) => r.name, makeRouter, updateRouter);
  more(byID("router-more"), list.length - routersShown.most, "virtual router", () => { routersShown.most += 60; });
}

// more is the button behind a list of which only a part is shown.
function more(button, left, what, widen) {
  show(button, left > 0);
  if (left > 0) put(button, "Show more: " + counted(left, what));
  button.onclick = () => { widen(); draw(); };
}
