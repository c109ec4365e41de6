// Adds rows as they come, and keys to move between them. Everything works without it; then a reload shows what is new.
"use strict";

const rows = document.getElementById("rows");
const MOST_ROWS = 300;

if (rows) {
  follow(rows);
  moveByKeys(rows);
}

function follow(rows) {
  const status = document.getElementById("following");
  const word = document.getElementById("following-word");
  const more = document.getElementById("waiting");
  const waiting = new Map();
  let held = false;

  // Nothing may move under a pointer, a keyboard focus or a reader who has scrolled down.
  const busy = () => held || rows.contains(document.activeElement) || window.scrollY > rows.getBoundingClientRect().top + window.scrollY - 80;

  const say = (state, text) => {
    if (status.dataset.state === state && word.textContent === text) return;
    status.dataset.state = state;
    word.textContent = text;
  };

  const settle = () => {
    if (busy() && waiting.size) {
      const news = [...waiting.keys()].filter((id) => !document.getElementById(id)).length;
      more.hidden = news === 0;
      more.textContent = news === 1 ? "Show 1 new exchange" : `Show ${news} new exchanges`;
      say("paused", "Paused while you read");
      return;
    }
    for (const row of waiting.values()) place(row);
    waiting.clear();
    more.hidden = true;
    if (status.dataset.state === "paused") say("on", "Following live");
  };

  const place = (row) => {
    const old = document.getElementById(row.id);
    if (old) {
      old.replaceWith(row);
      return;
    }
    const seq = Number(row.dataset.seq);
    const below = [...rows.children].find((other) => Number(other.dataset.seq) < seq);
    rows.insertBefore(row, below ?? null);
    row.classList.add("fresh");
    document.getElementById("table").hidden = false;
    document.getElementById("empty")?.remove();
    while (rows.children.length > MOST_ROWS) rows.lastElementChild.remove();
  };

  const parse = (html) => {
    const template = document.createElement("template");
    template.innerHTML = html;
    return template.content;
  };

  const address = new URL(rows.dataset.events, location.href);
  address.searchParams.set("after", rows.dataset.after);
  const source = new EventSource(address);
  source.addEventListener("open", () => say("on", "Following live"));
  source.addEventListener("error", () => say("off", source.readyState === EventSource.CLOSED ? "Ended: reload to go on" : "Connecting again"));
  source.addEventListener("row", (event) => {
    const row = parse(event.data).querySelector("tr");
    if (!row) return;
    // A row that is there already may be brought up to date where it stands, unless it has the focus.
    const old = document.getElementById(row.id);
    if (old && !old.contains(document.activeElement)) old.replaceWith(row);
    else waiting.set(row.id, row);
    settle();
  });
  source.addEventListener("gone", (event) => {
    waiting.delete(event.data);
    document.getElementById(event.data)?.remove();
  });
  source.addEventListener("head", (event) => {
    const head = document.getElementById("head");
    // Replacing a link that has the focus would lose it.
    if (!head.contains(document.activeElement)) head.replaceChildren(parse(event.data));
  });

  rows.addEventListener("pointerenter", (event) => { held = event.pointerType === "mouse"; });
  rows.addEventListener("pointerleave", () => { held = false; settle(); });
  rows.addEventListener("focusout", () => setTimeout(settle));
  addEventListener("scroll", settle, { passive: true });
  more.addEventListener("click", () => {
    held = false;
    scrollTo({ top: 0 });
    for (const row of waiting.values()) place(row);
    waiting.clear();
    settle();
  });
}

function moveByKeys(rows) {
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select")) return;
    const step = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 }[event.key];
    const inside = rows.contains(document.activeElement);
    if (event.key === "Escape" && inside) document.activeElement.blur();
    // Arrows scroll the page unless a row has the focus already.
    if (!step || (event.key.startsWith("Arrow") && !inside)) return;
    const links = [...rows.querySelectorAll(".row-link")];
    const now = links.indexOf(document.activeElement);
    const next = links[now < 0 ? 0 : Math.min(Math.max(now + step, 0), links.length - 1)];
    if (!next) return;
    next.focus();
    event.preventDefault();
  });
}
