// Keeps the page as it is on the server: when something changes, asks for the page again and puts
// in what differs, so that scroll, focus and selection stay. Counts how long ago and how long yet.
"use strict";
(() => {
  const LOST_AFTER = 5000; // ms without a connection before it is said
  const SILENT = 45000; // ms without a word of a server that says one every 15 s
  const FIRST = 1000; // ms to the first new attempt; each takes twice as long, at most …
  const MOST = 30000;
  const page = document.documentElement;
  const main = document.querySelector("main");
  const lost = document.getElementById("lost");
  const news = document.getElementById("news");
  let source = null, last = "", wait = FIRST, heard = 0;
  let again = 0, alarm = 0, asked = 0, asking = null, skew = 0;

  // --- counting ---------------------------------------------------------------------------

  const now = () => Date.now() + skew; // the server's clock: a reader's may be wrong

  const setClock = (from) => {
    const said = Date.parse(from.documentElement.dataset.now || "");
    if (!Number.isNaN(said)) skew = said - Date.now();
  };

  const length = (ms) => {
    const minutes = Math.floor(ms / 60000);
    if (minutes < 1) return "less than a minute";
    if (minutes < 60) return `${minutes} min`;
    const hours = Math.floor(minutes / 60);
    if (hours < 48) return `${hours} h ${minutes % 60} min`;
    return `${Math.floor(hours / 24)} d ${hours % 24} h`;
  };

  const clock = (ms) => {
    const seconds = Math.floor(ms / 1000);
    if (seconds >= 3600) return length(ms);
    return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")} min`;
  };

  const say = (node, text) => {
    if (node.textContent !== text) node.textContent = text;
  };

  const count = () => {
    for (const node of document.querySelectorAll("[data-since]")) {
      say(node, length(Math.max(now() - Date.parse(node.dataset.since), 0)));
    }
    for (const node of document.querySelectorAll("[data-due]")) {
      const left = Date.parse(node.dataset.due) - now();
      say(node, left >= 0 ? `in ${clock(left)}` : `overdue by ${length(-left)}`);
      const around = node.closest(".due");
      if (around) around.classList.toggle("late", left < 0);
    }
  };

  // --- putting in what differs ------------------------------------------------------------

  const counted = (node) => "since" in node.dataset || "due" in node.dataset;
  const held = (node) => node.contains(document.activeElement) && /^(INPUT|SELECT)$/.test(document.activeElement.tagName);

  const sameKind = (a, b) => a.nodeType === b.nodeType && a.nodeName === b.nodeName && (a.id || "") === (b.id || "");

  const attributes = (old, made) => {
    for (const { name } of [...old.attributes]) {
      const own = name === "open" || (name === "class" && old.matches(".due"));
      if (!made.hasAttribute(name) && !own) old.removeAttribute(name);
    }
    for (const { name, value } of made.attributes) {
      if (old.getAttribute(name) !== value && !(name === "class" && old.matches(".due"))) old.setAttribute(name, value);
    }
  };

  const morph = (old, made, fresh) => {
    if (old.nodeType !== Node.ELEMENT_NODE) {
      if (old.nodeValue !== made.nodeValue) old.nodeValue = made.nodeValue;
      return;
    }
    if (old.isEqualNode(made)) return;
    attributes(old, made);
    if (!counted(made) && !held(old)) children(old, made, fresh);
  };

  const children = (old, made, fresh) => {
    const named = new Map([...old.children].filter((one) => one.id).map((one) => [one.id, one]));
    const wanted = new Set([...made.children].map((one) => one.id).filter(Boolean));
    let place = old.firstChild;
    for (const next of [...made.childNodes]) {
      while (place && place.id && !wanted.has(place.id)) {
        const gone = place;
        place = place.nextSibling;
        gone.remove();
      }
      const known = next.id ? named.get(next.id) : null;
      if (known && known !== place) old.insertBefore(known, place);
      const here = known || (place && sameKind(place, next) ? place : null);
      if (here) {
        morph(here, next, fresh);
        place = here.nextSibling;
      } else {
        const copy = document.importNode(next, true);
        old.insertBefore(copy, place);
        if (copy.nodeType === Node.ELEMENT_NODE && copy.matches("[data-entry]")) fresh.push(copy);
      }
    }
    while (place) {
      const gone = place;
      place = place.nextSibling;
      gone.remove();
    }
  };

  const announce = (fresh) => {
    for (const node of fresh) node.classList.add("fresh");
    const said = fresh.slice(-3).map((node) => node.textContent.replace(/\s+/g, " ").trim());
    if (said.length) news.textContent = said.join(". ");
  };

  const ask = async () => {
    if (asking) asking.abort();
    asking = new AbortController();
    const mine = ++asked;
    const answer = await fetch(location.href, { cache: "no-cache", signal: asking.signal });
    if (!answer.ok) throw new Error(String(answer.status));
    const text = await answer.text();
    if (mine !== asked) return;
    const made = new DOMParser().parseFromString(text, "text/html");
    const fresh = [];
    setClock(made);
    children(main, made.querySelector("main"), fresh);
    document.title = made.title;
    count();
    announce(fresh);
  };

  const changed = () => ask().catch((wrong) => wrong.name === "AbortError" || retry());

  // What was erased goes from here at once, whether or not the server can be asked again.
  const erased = (event) => {
    const id = event.lastEventId.split(":")[0];
    for (const node of document.querySelectorAll(`[data-incident="${CSS.escape(id)}"]`)) node.replaceChildren();
    news.textContent = "";
    changed();
  };

  // --- the connection ---------------------------------------------------------------------

  const alive = () => {
    heard = Date.now();
    wait = FIRST;
    clearTimeout(alarm);
    alarm = 0;
    lost.hidden = true;
  };

  const retry = () => {
    if (source) source.close();
    source = null;
    if (!alarm) alarm = setTimeout(() => { lost.hidden = false; }, LOST_AFTER);
    clearTimeout(again);
    again = setTimeout(connect, wait * (0.75 + Math.random() / 2));
    wait = Math.min(wait * 2, MOST);
  };

  const on = (work) => (event) => {
    alive();
    if (event.lastEventId) last = event.lastEventId;
    if (work) work(event);
  };

  const connect = () => {
    clearTimeout(again);
    if (source) source.close();
    const address = new URL(page.dataset.events, location.href);
    if (last) address.searchParams.set("after", last);
    heard = Date.now();
    source = new EventSource(address);
    source.onopen = on(changed); // what was missed while nobody listened is on the page now
    source.onerror = retry;
    source.addEventListener("changed", on(changed));
    source.addEventListener("erased", on(erased));
    source.addEventListener("ping", on(null));
  };

  setClock(document);
  count();
  setInterval(() => {
    if (source && Date.now() - heard > SILENT) retry();
    count();
  }, 1000);
  addEventListener("pagehide", () => source && source.close());
  addEventListener("pageshow", (event) => event.persisted && connect());
  if (page.dataset.events) connect();
})();
