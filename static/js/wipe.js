// A result with its video over it: a slider wipes between both, and one set of controls plays them in step.
// Where the browser cannot play the video, the result plays alone.
import { enableCompare } from "./compare.js";
import { enableControls } from "./player.js";
import { syncVideos } from "./video-sync.js";

function begin(root) {
  const [over, controls] = [...root.querySelectorAll("template")].map((template) => template.content.cloneNode(true));
  const picture = root.querySelector(".wipe__picture");
  const after = picture.querySelector("[data-part=after]");
  after.controls = false;
  root.style.setProperty("--ratio", after.width / after.height);
  root.append(controls);
  enableControls(root, after);
  picture.append(over);
  root.classList.add("wipe--on");
  picture.classList.add("compare");
  enableCompare(root);
  overlayOriginal(root, picture, after);
}

function overlayOriginal(root, picture, after) {
  const before = picture.querySelector("[data-part=before]");
  before.muted = true; // the attribute does not do it for a copy
  const leave = () => {
    picture.querySelectorAll("[data-over]").forEach((part) => part.remove());
    picture.classList.remove("compare");
    root.classList.remove("wipe--alone");
    before.removeAttribute("src");
    before.load();
  };
  // Nothing is fetched before anybody is interested. A picture of another moment would not be the original of this one.
  const wake = () => { before.preload = "auto"; };
  if ("isPart" in root.dataset) root.classList.add("wipe--alone");
  before.addEventListener("loadeddata", () => root.classList.remove("wipe--alone"));
  before.addEventListener("error", leave);
  // Of a video in a way of coding that it does not know, a browser may play the sound alone.
  before.addEventListener("loadedmetadata", () => { if (!before.videoWidth) leave(); });
  ["pointerenter", "focusin"].forEach((name) => root.addEventListener(name, wake, { once: true }));
  ["play", "seeking"].forEach((name) => after.addEventListener(name, wake, { once: true }));
  after.addEventListener("click", () => root.querySelector("[data-do=play]").click());
  syncVideos(before, after, Number(root.dataset.offset));
}

export function enableWipes(root) {
  root.querySelectorAll(".wipe:not(.wipe--on)").forEach(begin);
}
