// Where in the gallery's list somebody was, for the way back; kept for this tab alone.

const NAME = "gallery.place";

// Browsers that are told to keep nothing refuse the storage with an error.
function storage(use) {
  try { return use(window.sessionStorage); } catch { return null; }
}

export function saveListUrl(url) {
  storage((kept) => kept.setItem(NAME, url));
}

// The URL that was kept, or null; it is forgotten.
export function popListUrl() {
  return storage((kept) => {
    const url = kept.getItem(NAME);
    kept.removeItem(NAME);
    return url;
  });
}
