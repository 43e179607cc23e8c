// Everything works without this file; with it there are keys, and calls that appear by themselves.
"use strict";
const EVERY_MS = 1500;
const SEARCH = ".find input[type=search]";
const all = (selector, from = document) => [...from.querySelectorAll(selector)];
const one = (selector, from = document) => from.querySelector(selector);
const typing = (target) => target.closest("input, select, textarea");

// --- keys ---------------------------------------------------------------------------------------------------------
const rows = () => all("[data-row]");

function step(by) {
  const list = rows();
  const now = list.findIndex((row) => row === document.activeElement || row.contains(document.activeElement));
  const next = now < 0 ? (by > 0 ? 0 : list.length - 1) : Math.min(list.length - 1, Math.max(0, now + by));
  if (list.length) list[next].focus();
}

function open(key) {
  const row = document.activeElement.closest("[data-row]") || rows()[0] || document;
  const summary = one(`[data-key="${key}"]`, row) || one(`.bar [data-key="${key}"]`);
  if (!summary) return false;
  if (summary.href) { summary.click(); return true; }
  close();
  summary.parentElement.open = true;
  one("select, input:not([type=hidden])", summary.parentElement)?.focus();
  return true;
}

function close() {
  const opened = all("details[open]");
  for (const details of opened) {
    details.open = false;
    (details.closest("[data-row]") || one("summary", details)).focus();
  }
  return opened.length > 0;
}

function back() {
  if (close()) return;
  if (typing(document.activeElement)) document.activeElement.blur();
  else one("[data-back]")?.click();
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
  if (event.key === "Escape") return back();
  const search = event.target.closest(SEARCH);
  if (search && event.key === "ArrowDown") { event.preventDefault(); return step(1); }
  if (typing(event.target)) return;
  const acts = {
    "/": () => { one(SEARCH)?.select(); one(SEARCH)?.focus(); return true; },
    ArrowDown: () => { step(1); return true; },
    ArrowUp: () => { step(-1); return true; },
    Enter: () => {
      if (!event.target.matches("[data-row]:not(a)")) return false;
      const inside = one("a, summary, button", event.target);
      inside?.click();
      return Boolean(inside);
    },
  };
  const act = acts[event.key] || (event.key.length === 1 ? () => open(event.key.toLowerCase()) : null);
  if (act && act()) event.preventDefault();
});

// One panel is open at a time, and a form is sent once.
document.addEventListener("toggle", (event) => {
  if (event.target.open) for (const other of all("details[open]")) if (other !== event.target) other.open = false;
}, true);
document.addEventListener("submit", (event) => {
  if (event.target.matches("[data-file], [action$=\"/export\"]")) return; // a file: the page stays
  one("[data-busy]", event.target)?.removeAttribute("hidden");
  setTimeout(() => all("button", event.target).forEach((button) => { button.disabled = true; }));
});

// --- the worklist -------------------------------------------------------------------------------------------------
async function renew(list) {
  try {
    const answer = await fetch(`${list.dataset.live}&mark=${list.dataset.mark}`, { headers: { "x-live": "1" } });
    if (answer.status === 401) return location.assign("/login?to=/today");
    if (answer.ok && answer.status !== 204) {
      const study = document.activeElement.closest("[data-study]")?.dataset.study;
      list.innerHTML = await answer.text();  // escaped where it was made
      list.dataset.mark = one("[data-fresh]", list).dataset.fresh;
      if (study) one(`[data-study="${study}"]`, list)?.focus();
    }
  } catch { /* the line is away; the next look tells */ }
  setTimeout(() => renew(list), 2 * EVERY_MS);
}
if (one("[data-live]")) setTimeout(() => renew(one("[data-live]")), 2 * EVERY_MS);
document.addEventListener("change", (event) => { if (event.target.closest("[data-at-once]")) event.target.form.requestSubmit(); });

// Shortcuts are this PC's: filters by name, no name or number of a patient is ever in an address.
const SHORTCUTS = "desk-shortcuts";
const kept = () => { try { return JSON.parse(localStorage.getItem(SHORTCUTS)) || {}; } catch { return {}; } };
function shortcuts(place) {
  place.replaceChildren(...Object.entries(kept()).map(([title, query]) => {
    const link = document.createElement("a");
    link.className = "button small";
    link.href = `/today${query}`;
    link.textContent = title;
    return link;
  }));
}
if (one("[data-shortcuts]")) {
  const place = one("[data-shortcuts]"), form = one("[data-save]");
  shortcuts(place);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    event.stopImmediatePropagation();
    const title = form.elements.title.value.trim().slice(0, 20), all_ = kept();
    if (!title) return;
    if (location.search) all_[title] = location.search; else delete all_[title];
    localStorage.setItem(SHORTCUTS, JSON.stringify(all_));
    form.reset();
    close();
    shortcuts(place);
  });
}

// From a row of the worklist straight into an act of the patient's page.
const [, key_, study_] = /^#([a-z])-([0-9.]+)$/.exec(location.hash) || [];
if (study_) { one(`[data-study="${study_}"]`)?.focus(); }

// --- a job that goes on by itself -----------------------------------------------------------------------------------
async function follow(job) {
  try {
    const answer = await fetch(`/job/${job.dataset.job}/live`, { headers: { "x-live": "1" } });
    if (answer.status === 401) return location.assign(`/login?to=${encodeURIComponent(location.pathname)}`);
    if (answer.ok && !one("details[open]", job)) job.innerHTML = await answer.text();  // escaped where it was made
  } catch { /* the line is away; the next look tells */ }
  if (!one("[data-over]", job)) setTimeout(() => follow(job), EVERY_MS);
}
if (one("[data-job]")) follow(one("[data-job]"));

// All boxes of a list at once, and how many there are.
for (const whole of all("[data-all]")) {
  const boxes = () => all(whole.dataset.all);
  const count = () => {
    const chosen = boxes().filter((box) => box.checked).length;
    whole.checked = chosen > 0 && chosen === boxes().length;
    for (const place of all("[data-chosen]")) place.textContent = chosen;
  };
  whole.addEventListener("change", () => { boxes().forEach((box) => { box.checked = whole.checked; }); count(); });
  document.addEventListener("change", count);
  count();
}

// --- calls that appear by themselves ------------------------------------------------------------------------------
const SOUND = "desk-sound";
const known = new Set((sessionStorage.getItem("desk-calls") || "").split(","));
const button = one("[data-sound]");
const sounds = () => localStorage.getItem(SOUND) === "on";

function ring() {
  if (!sounds()) return;
  const audio = new AudioContext();
  [[660, 0], [880, 0.18]].forEach(([pitch, at]) => {
    const tone = audio.createOscillator(), level = audio.createGain();
    tone.frequency.value = pitch;
    level.gain.setValueAtTime(0.2, audio.currentTime + at);
    level.gain.exponentialRampToValueAtTime(0.001, audio.currentTime + at + 0.3);
    tone.connect(level).connect(audio.destination);
    tone.start(audio.currentTime + at);
    tone.stop(audio.currentTime + at + 0.3);
  });
}

function tell(waiting) {
  const count = one("[data-waiting]"), line = one("[data-ring]");
  count.textContent = waiting.length;
  count.hidden = !waiting.length;
  const fresh = waiting.filter((code) => !known.has(code));
  if (fresh.length) {
    ring();
    if (!one("#cards")) {
      one("a", line).textContent = document.body.dataset.callLine.replace("{code}", fresh.join(", "));
      line.hidden = false;
    }
  }
  if (!waiting.length || one("#cards")) line.hidden = true;
  waiting.forEach((code) => known.add(code));
  sessionStorage.setItem("desk-calls", [...known].slice(-50).join(","));
}

function replace(cards, told) {
  const focused = document.activeElement.closest("[data-call]")?.dataset.call;
  cards.innerHTML = told.html;  // escaped where it was made, and the policy runs no script in it
  cards.dataset.mark = told.mark;
  if (focused) one(`[data-call="${focused}"]`)?.focus();
}

async function look() {
  const cards = one("#cards");
  const asked = new URLSearchParams({ mark: cards?.dataset.mark || "", code: cards?.dataset.code || "" });
  try {
    const answer = await fetch(`/calls/live?${asked}`, { headers: { "x-live": "1" } });
    if (answer.status === 401) return location.assign(`/login?to=${encodeURIComponent(location.pathname)}`);
    if (answer.ok) {
      const told = await answer.json();
      if (cards && told.html) replace(cards, told);
      tell(told.waiting);
    }
  } catch { /* the line is away; the next look tells */ }
  setTimeout(look, EVERY_MS);
}

if (button) {
  const show = () => { button.textContent = sounds() ? button.dataset.on : button.dataset.off; };
  button.addEventListener("click", () => { localStorage.setItem(SOUND, sounds() ? "off" : "on"); show(); ring(); });
  show();
}
if (document.body.hasAttribute("data-user")) look();
if (one("[data-again]")) setTimeout(() => location.assign(location.pathname), 5000);
if (!study_) { if (!one("[autofocus]")) rows()[0]?.focus(); } else open(key_);
