// The gallery's list: the next page is fetched as its end comes near. Underneath are plain pages with links.

import { popListUrl } from "./list-url.js";

const { gettext, ngettext, interpolate } = window;
const list = document.getElementById("tiles");
const finder = document.getElementById("finder");
const announcer = document.getElementById("announcer");
const [own] = window.location.href.split("#");

// An empty field would only lengthen the URL.
finder.addEventListener("formdata", ({ formData }) => { if (!formData.get("q")) formData.delete("q"); });

async function load(more, link) {
  more.dataset.loading = "";
  try {
    const response = await fetch(link.href);
    if (!response.ok || response.redirected) throw new Error(response.status);
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const tiles = [...page.querySelectorAll("#tiles > li")].filter((tile) => !document.getElementById(tile.id));
    tiles.forEach((tile) => { tile.dataset.page = link.href; });
    list.append(...tiles);
    // What was left may have been unpublished since: then there is no next page any more.
    more.replaceWith(page.getElementById("more") ?? "");
    const text = ngettext("%s more work loaded", "%s more works loaded", tiles.length);
    announcer.textContent = interpolate(text, [tiles.length]);
    watch();
  } catch {
    // The link is still there: a click on it opens the next page by itself.
    delete more.dataset.loading;
    announcer.textContent = gettext("Couldn't load more works.");
  }
}

function watch() {
  const more = document.getElementById("more");
  const link = more?.querySelector("a[rel=next]");
  if (!link) return;
  const observer = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    observer.disconnect();
    load(more, link);
  }, { rootMargin: "1200px" });
  observer.observe(more);
}

// Who leaves the list finds it again at the page that the work stood on, scrolled to it. The browser itself would
// restore a place in the whole long list, of which only one page is there again.
function remember(event) {
  const link = event.target.closest("a[href]");
  const opensElsewhere = event.ctrlKey || event.metaKey || event.shiftKey || link?.pathname === window.location.pathname;
  const tile = link?.closest(".exhibit") ?? (window.scrollY > 0 && firstInSight());
  if (!link || opensElsewhere || !tile) return;
  window.history.scrollRestoration = "manual";
  window.history.replaceState(null, "", `${tile.dataset.page ?? own}#${tile.id}`);
}

function firstInSight() {
  return [...list.children].find((tile) => tile.getBoundingClientRect().top >= 0);
}

// Scrolled to the work that was looked at last: on the stage, people go on to others than they opened.
function comeBack(isBack) {
  const kept = popListUrl();
  const last = isBack && kept ? new URL(kept) : window.location;
  if (last.pathname !== window.location.pathname || !last.hash.startsWith("#work-")) return;
  const tile = document.getElementById(last.hash.slice(1));
  if (tile) tile.scrollIntoView();
  else if (last !== window.location) window.location.replace(kept);
}

if (list) {
  comeBack(window.performance.getEntriesByType("navigation")[0]?.type === "back_forward");
  window.addEventListener("pageshow", (event) => { if (event.persisted) comeBack(true); });
  document.addEventListener("click", remember);
  watch();
}
