// All text is put in as text: names in configurations are bytes of others.

const byID = (id) => document.getElementById(id);

// el makes an element with attributes and children; strings become text.
function el(tag, attrs, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attrs || {})) set(node, name, value);
  node.append(...children);
  return node;
}

// set sets an attribute if it is another one; null and false remove it.
function set(node, name, value) {
  if (value === null || value === undefined || value === false) {
    if (node.hasAttribute(name)) node.removeAttribute(name);
  } else if (node.getAttribute(name) !== String(value)) {
    node.setAttribute(name, value === true ? "" : String(value));
  }
}

// put replaces the text of a node if it is another one.
function put(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

// show says whether a node is seen.
function show(node, seen) {
  if (node.hidden === Boolean(seen)) node.hidden = !seen;
}

// keep makes the children of a parent those of a list. One is made once for each key and updated from then on, so that
// the focus, the selection and what is open stay where they are.
function keep(parent, items, keyOf, make, update) {
  const had = parent.kept || (parent.kept = new Map());
  const left = new Map(had);
  const focus = parent.contains(document.activeElement) ? document.activeElement : null;
  let place = 0;
  const times = new Map();
  for (const item of items) {
    const plain = keyOf(item);
    const n = times.get(plain) || 0;
    times.set(plain, n + 1);
    const key = plain + "\u0000" + n;
    let node = had.get(key);
    if (!node) {
      node = make(item);
      had.set(key, node);
    }
    left.delete(key);
    update(node, item);
    if (parent.children[place] !== node) parent.insertBefore(node, parent.children[place] || null);
    place++;
  }
  for (const [key, node] of left) {
    had.delete(key);
    node.remove();
  }
  if (focus && focus !== document.activeElement && parent.contains(focus)) focus.focus({ preventScroll: true });
}

// cells makes the cells of a table row, the first of which is its heading.
function row(columns) {
  const tr = el("tr");
  for (let n = 0; n < columns; n++) tr.append(n === 0 ? el("th", { scope: "row" }) : el("td"));
  return tr;
}

// How a state is shown: every colour has a sign and its word beside it.
const looks = {
  MASTER: "ok", up: "ok", Up: "ok", BACKUP: "calm", "backup, up": "calm", value: "calm", Init: "wait", INIT: "wait",
  unknown: "wait", mixed: "wait", warning: "wait", suspended: "wait", "not checked": "wait", FAULT: "bad", down: "bad",
  Down: "bad", AdminDown: "bad", "backup, down": "bad", error: "bad", "not in the table": "bad",
};

function lookOf(word, was) { return was ? "was" : looks[word] || "calm"; }

// badge shows a state; one that is not known to be current says so.
function badge(node, word, was) {
  put(node, was ? "was " + word : word);
  set(node, "class", "badge " + lookOf(word, was));
}

// span is how long something is past, in at most two units.
function span(seconds) {
  const s = Math.max(0, Math.floor(seconds));
  const two = (n) => String(n).padStart(2, "0");
  if (s < 60) return s + " s";
  if (s < 3600) return Math.floor(s / 60) + " min " + two(s % 60) + " s";
  if (s < 172800) return Math.floor(s / 3600) + " h " + two(Math.floor(s / 60) % 60) + " min";
  return Math.floor(s / 86400) + " d " + Math.floor(s / 3600) % 24 + " h";
}

// clock is a moment as a clock shows it, with the day unless it is today.
function clock(ms) {
  const at = new Date(ms);
  const two = (n) => String(n).padStart(2, "0");
  const time = two(at.getHours()) + ":" + two(at.getMinutes()) + ":" + two(at.getSeconds());
  if (at.toDateString() === new Date().toDateString()) return time;
  return at.getFullYear() + "-" + two(at.getMonth() + 1) + "-" + two(at.getDate()) + " " + time;
}

function counted(n, one, many) { return n + " " + (n === 1 ? one : many || one + "s"); }

// byHand says what somebody has changed by hand of a thing; "" when nothing.
function byHand(of) {
  const o = of.override;
  if (!o) return "";
  return (o.text || o.action || String(o)) + (o.until ? ", until " + clock(Date.parse(o.until)) : "");
}
