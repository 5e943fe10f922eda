// The page of a video: players of the results, and conversions that are asked for again and again until they are over.
import { enableWipes } from "./wipe.js";

// A picture that is shown stays until the next one has come: the element is kept from answer to answer.
function showPreview(job) {
  const preview = job.querySelector(".job__preview");
  if (preview && job.dataset.preview && preview.getAttribute("src") !== job.dataset.preview) preview.src = job.dataset.preview;
}

enableWipes(document);
document.addEventListener("htmx:afterSettle", ({ detail }) => {
  enableWipes(document);
  if (detail.elt.matches(".job")) showPreview(detail.elt);
});
// Logged out, or deleted in another window: the page itself says so.
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const isElsewhere = !new URL(detail.xhr.responseURL).pathname.includes("/videos/jobs/");
  if (!isElsewhere && detail.xhr.status !== 404) return;
  detail.shouldSwap = false;
  window.location.reload();
});
