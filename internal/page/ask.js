// What is known of the daemon, and how it is asked.

const known = {
  all: null, // the last answer of /v1/state
  heard: 0, // when it last answered anything, by the clock here
  offset: 0, // clock of the daemon minus the clock here, in ms
  problem: "", // why it does not answer now
  since: 0, // since when it does not
};

const asking = { every: 1000, most: 15000, hidden: 10000, patience: 4000 };

// now is the time of the daemon; when it does not answer, that of its last word: nothing goes on being a state then.
function now() { return (known.problem ? known.heard : Date.now()) + known.offset; }

// ago is how long a moment of the daemon is past.
function ago(time) { return time ? span((now() - Date.parse(time)) / 1000) : ""; }

// was reports whether what a role says is not what is now.
function was(role) {
  if (!known.all || known.problem || known.all.problem) return true;
  const source = known.all.sources.find((s) => s.role === role);
  return !source || Boolean(source.problem);
}

// get asks for something and waits for so long at most.
async function get(path, patience) {
  const stop = new AbortController();
  const late = setTimeout(() => stop.abort(), patience);
  try {
    const answer = await fetch(path, { cache: "no-store", credentials: "omit", redirect: "error", signal: stop.signal });
    if (!answer.ok && answer.status !== 503) {
      const why = new Error("it answers with status " + answer.status);
      why.status = answer.status;
      throw why;
    }
    return await answer.json();
  } catch (err) {
    if (stop.signal.aborted) throw new Error("no answer within " + patience / 1000 + " s");
    throw err;
  } finally {
    clearTimeout(late);
  }
}

// heard notes that the daemon answers.
function heard() {
  const back = known.problem !== "";
  known.heard = Date.now();
  known.problem = "";
  return back;
}

// lost notes that it does not.
function lost(err) {
  if (!known.problem) known.since = known.heard || Date.now();
  known.problem = err instanceof TypeError ? "nobody can be reached there" : err.message;
  draw();
}

// take takes an answer.
function take(all) {
  known.offset = Date.parse(all.at) + all.age - Date.now();
  if (!known.all) reach((now() - Date.parse(all.daemon.started)) / 1000);
  follow(known.all, all);
  known.all = all;
}

let due = 0;

// poll asks for everything, again and again: less often when that takes long, as with thousands of servers.
async function poll() {
  clearTimeout(due);
  const begun = performance.now();
  try {
    const all = await get("/v1/state", 4 * asking.patience);
    heard();
    take(all);
    await askEvents();
    draw();
  } catch (err) {
    lost(err);
  }
  const cost = performance.now() - begun;
  const wait = document.hidden ? asking.hidden : Math.min(asking.most, Math.max(asking.every, 8 * cost));
  due = setTimeout(poll, wait);
}

// pulse asks a little question every second, so that a daemon that has died or stopped is seen within seconds.
async function pulse() {
  if (!document.hidden) {
    try {
      await get("/healthz", asking.patience);
      if (heard()) poll();
      freshness();
    } catch (err) {
      lost(err);
    }
  }
  setTimeout(pulse, asking.every);
}

document.addEventListener("visibilitychange", () => { if (!document.hidden) poll(); });
