// Follows the page: when something has happened, the page is asked for again, and each part that is
// marked data-live gets its new content. Without this script the page reloads itself.
(() => {
  "use strict";
  const { base, position } = document.body.dataset;
  const status = document.getElementById("link");
  let asking = false;
  let again = false;
  const told = (text) => { if (status) status.textContent = text; };
  const refresh = async () => {
    if (asking) { again = true; return; }
    asking = true;
    try {
      const answer = await fetch(location.pathname + location.search, { cache: "no-cache" });
      if (answer.status === 404 || answer.status === 410) { location.reload(); return; }
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const part of document.querySelectorAll("[data-live]")) {
        const now = page.getElementById(part.id);
        if (now && now.innerHTML !== part.innerHTML) part.innerHTML = now.innerHTML;
      }
      document.title = page.title;
      count();
    } catch { told("not reached"); } finally {
      asking = false;
      if (again) { again = false; refresh(); }
    }
  };
  const span = (ms) => {
    const minutes = Math.floor(Math.abs(ms) / 60000);
    return minutes < 120 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
  };
  const count = () => {
    const now = Date.now();
    for (const one of document.querySelectorAll("[data-until]")) {
      const left = Date.parse(one.dataset.until) - now;
      one.textContent = left < 0 ? `overdue for ${span(left)}` : `in ${span(left)}`;
    }
  };
  count();
  setInterval(count, 10000);
  const stream = new EventSource(`${base}/events?after=${encodeURIComponent(position)}`);
  stream.onopen = () => told("live");
  stream.onerror = () => told("connecting …");
  for (const kind of ["changed", "erased", "all"]) stream.addEventListener(kind, refresh);
})();
