// The gallery's list: the next page is fetched as its end comes near. Underneath are plain pages with links.

const { gettext, ngettext, interpolate } = window;
const list = document.getElementById("tiles");
const finder = document.getElementById("finder");
const announcer = document.getElementById("announcer");

finder.addEventListener("change", (event) => { if (event.target.matches("select")) finder.requestSubmit(); });
// Empty fields would only lengthen the address.
finder.addEventListener("formdata", ({ formData }) => {
  for (const [name, value] of [...formData]) {
    if (!value || (name === "sort" && value === "newest")) formData.delete(name);
  }
});

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
    const text = ngettext("%s more work is shown.", "%s more works are shown.", tiles.length);
    announcer.textContent = interpolate(text, [tiles.length]);
    watch();
  } catch {
    // The link is still there: a click on it opens the next page by itself.
    delete more.dataset.loading;
    announcer.textContent = gettext("More works could not be loaded.");
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

// Who comes back finds the page that the work stood on, scrolled to it.
list?.addEventListener("click", (event) => {
  const tile = event.target.closest("li");
  if (tile) history.replaceState(null, "", `${tile.dataset.page ?? location.href.split("#")[0]}#${tile.id}`);
});

if (list) watch();
