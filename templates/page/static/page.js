// Keeps the page as it is on the server: when something has changed there, the page is asked for
// again, and what differs is put in, so that scroll, focus and selection stay. Counts times.
"use strict";
(() => {
  const LOST_AFTER = 5000; // ms without a connection before it is said
  const SILENT = 45000; // ms; a server that is there says something every 15 s
  const FIRST = 1000; // ms to the next attempt to connect; each takes twice as long, at most …
  const MOST = 30000;
  const SPREAD = 200; // ms over which readers ask again: they are many
  const given = document.documentElement.dataset;
  const main = document.querySelector("main");
  const lost = document.getElementById("lost");
  const news = document.getElementById("news");
  let source = null, last = given.position, wait = FIRST, heard = 0, skew = 0;
  let again = 0, alarm = 0, soon = 0, asking = false, stale = false, erasures = 0;

  // --- counting -----------------------------------------------------------------------------

  const now = () => Date.now() + skew; // by the server's clock: a reader's may be wrong
  const setClock = (root) => {
    const said = Date.parse(root.dataset.now);
    if (!Number.isNaN(said)) skew = said - Date.now();
  };
  const length = (ms) => {
    const minutes = Math.floor(ms / 60000), hours = Math.floor(minutes / 60);
    if (minutes < 1) return "less than a minute";
    if (minutes < 60) return `${minutes} min`;
    if (hours < 48) return `${hours} h ${String(minutes % 60).padStart(2, "0")} min`;
    return `${Math.floor(hours / 24)} d ${hours % 24} h`;
  };
  const left = (ms) => {
    const seconds = Math.floor(ms / 1000);
    if (seconds >= 3600) return length(ms);
    return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")} min`;
  };
  const say = (node, text) => {
    if (node.textContent !== text) node.textContent = text;
  };
  // A reader's own clock, beside the page's where that is another.
  const here = (node) => {
    const at = new Date(node.dataset.here);
    const local = new Date(at - at.getTimezoneOffset() * 60000).toISOString().slice(11, 16);
    return node.previousElementSibling.textContent.endsWith(local) ? "" : `, ${local} where you are`;
  };
  const count = () => {
    for (const node of document.querySelectorAll("[data-here]")) say(node, here(node));
    for (const node of main.querySelectorAll("[data-clock]")) {
      say(node, new Date(now()).toISOString().slice(11, 16));
    }
    for (const node of main.querySelectorAll("[data-since]")) {
      say(node, length(Math.max(now() - Date.parse(node.dataset.since), 0)));
    }
    for (const node of main.querySelectorAll("[data-due]")) {
      const ms = Date.parse(node.dataset.due) - now();
      say(node, ms >= 0 ? `in ${left(ms)}` : `overdue by ${length(-ms)}`);
      node.closest(".due")?.classList.toggle("late", ms < 0);
    }
  };

  // --- putting in what differs --------------------------------------------------------------

  const ours = (node, name) => name === "open" || (name === "class" && node.matches(".due"));
  const attributes = (old, made) => {
    for (const { name } of [...old.attributes]) {
      if (!made.hasAttribute(name) && !ours(old, name)) old.removeAttribute(name);
    }
    for (const { name, value } of made.attributes) {
      if (old.getAttribute(name) !== value && !ours(old, name)) old.setAttribute(name, value);
    }
  };
  const morph = (old, made, fresh) => {
    if (old.isEqualNode(made)) return;
    if (old.nodeType !== Node.ELEMENT_NODE) {
      old.nodeValue = made.nodeValue;
      return;
    }
    attributes(old, made);
    if (!made.matches("[data-clock], [data-since], [data-due], [data-here]")) children(old, made, fresh);
  };
  const isLike = (a, b) => a.nodeName === b.nodeName && (a.id || "") === (b.id || "");
  const children = (old, made, fresh) => {
    const named = new Map([...old.children].filter((one) => one.id).map((one) => [one.id, one]));
    const wanted = new Set([...made.children].map((one) => one.id));
    for (const [id, one] of named) if (!wanted.has(id)) one.remove();
    let place = old.firstChild;
    for (const next of [...made.childNodes]) {
      const known = next.id && named.get(next.id);
      const here = known && isLike(known, next) ? known : place && isLike(place, next) ? place : null;
      if (here) {
        if (here === place) place = place.nextSibling;
        else old.insertBefore(here, place);
        morph(here, next, fresh);
      } else {
        const copy = old.insertBefore(document.importNode(next, true), place);
        if (copy.matches?.(".timeline > li, .lines > li, .incident")) fresh.push(copy);
      }
    }
    while (place) {
      const gone = place;
      place = place.nextSibling;
      gone.remove();
    }
  };
  // The newest entries are read out, and stand out for a moment; counters and the rest are not.
  const announce = (fresh) => {
    for (const node of fresh) node.classList.add("fresh");
    const texts = fresh.slice(0, 3).map((node) => (node.querySelector("h1, h2") || node).textContent);
    if (texts.length) news.textContent = texts.join(". ").replace(/\s+/g, " ").trim();
  };

  // --- asking -------------------------------------------------------------------------------

  const ask = async () => {
    const before = erasures;
    asking = true;
    stale = false;
    try {
      const answer = await fetch(location.pathname + location.search, { cache: "no-cache" });
      if (answer.status >= 400 && answer.status < 500) return location.reload();
      if (!answer.ok) throw new Error(String(answer.status));
      const made = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = [];
      if (before === erasures) { // else it may still hold what was erased meanwhile
        setClock(made.documentElement);
        children(main, made.querySelector("main"), fresh);
        document.title = made.title;
        count();
        announce(fresh);
      }
    } catch {
      stale = true;
      retry();
    } finally {
      asking = false;
      if (stale && source) changed();
    }
  };
  const changed = () => {
    stale = true;
    if (!asking && !soon) soon = setTimeout(() => { soon = 0; ask(); }, Math.random() * SPREAD);
  };
  // What was erased goes at once, whether or not the server can be asked again.
  const erased = (event) => {
    const about = JSON.parse(event.data).incidents.map(String);
    erasures++;
    for (const node of main.querySelectorAll("[data-incident]")) {
      if (!about.length || about.includes(node.dataset.incident)) node.replaceChildren();
    }
    news.textContent = "";
    changed();
  };

  // --- the connection -----------------------------------------------------------------------

  const retry = () => {
    source?.close();
    source = null;
    if (!alarm) alarm = setTimeout(() => { lost.hidden = false; }, LOST_AFTER);
    clearTimeout(again);
    again = setTimeout(connect, wait * (0.75 + Math.random() / 2));
    wait = Math.min(wait * 2, MOST);
  };
  const on = (work) => (event) => {
    heard = Date.now();
    wait = FIRST;
    clearTimeout(alarm);
    alarm = 0;
    lost.hidden = true;
    if (event.lastEventId) last = event.lastEventId;
    work?.(event);
  };
  const connect = () => {
    clearTimeout(again);
    source?.close();
    heard = Date.now();
    source = new EventSource(`${given.events}?after=${encodeURIComponent(last)}`);
    source.onopen = on(() => stale && changed());
    source.onerror = retry;
    source.addEventListener("ping", on(null));
    source.addEventListener("changed", on(given.follow === "everything" ? changed : null));
    source.addEventListener("all", on(changed));
    source.addEventListener("erased", on(erased));
  };

  setClock(document.documentElement);
  count();
  setInterval(() => {
    if (source && Date.now() - heard > SILENT) retry();
    count();
  }, 1000);
  if (given.every) setInterval(() => { if (!document.hidden) changed(); }, given.every * 1000);
  if (!given.events) return;
  connect();
  addEventListener("pagehide", () => { source?.close(); source = null; clearTimeout(again); });
  addEventListener("pageshow", (event) => { if (event.persisted) { changed(); connect(); } });
})();
