// Full screen with zoom: wheel, buttons, keys, double click, drag, two fingers.

const viewer = document.getElementById("viewer");
const stage = viewer.querySelector(".viewer__stage");
const [anime, photo] = viewer.querySelectorAll(".viewer__image");
const view = { scale: 1, x: 0, y: 0 };
const fingers = new Map();

const fitScale = () => Math.min(stage.clientWidth / anime.naturalWidth, stage.clientHeight / anime.naturalHeight);
const leastScale = () => Math.min(fitScale(), 1) / 2;

function draw() {
  anime.style.transform = `translate(${view.x}px, ${view.y}px) scale(${view.scale})`;
  // The photo's preview may have fewer pixels than the result: it is stretched to the same box.
  photo.style.width = `${anime.naturalWidth}px`;
  photo.style.height = `${anime.naturalHeight}px`;
  photo.style.transform = anime.style.transform;
}

function center(scale) {
  view.scale = scale;
  view.x = (stage.clientWidth - anime.naturalWidth * scale) / 2;
  view.y = (stage.clientHeight - anime.naturalHeight * scale) / 2;
  draw();
}

function zoomAt(factor, x = stage.clientWidth / 2, y = stage.clientHeight / 2) {
  const scale = Math.min(8, Math.max(leastScale(), view.scale * factor));
  view.x = x - (x - view.x) * (scale / view.scale);
  view.y = y - (y - view.y) * (scale / view.scale);
  view.scale = scale;
  draw();
}

function move(right, down) {
  view.x += right;
  view.y += down;
  draw();
}

function showPhoto(on) {
  photo.hidden = !on;
  viewer.querySelector("[data-hold]").setAttribute("aria-pressed", String(on));
}

async function open() {
  viewer.showModal();
  await anime.decode().catch(() => {});
  center(fitScale());
  stage.focus();
}

const zooms = { in: () => zoomAt(1.4), out: () => zoomAt(1 / 1.4), fit: () => center(fitScale()), full: () => center(1) };
const arrows = { ArrowLeft: [80, 0], ArrowRight: [-80, 0], ArrowUp: [0, 80], ArrowDown: [0, -80] };
const keys = { "+": "in", "=": "in", "-": "out", 0: "fit", 1: "full" };

document.getElementById("open-viewer").addEventListener("click", open);
document.addEventListener("keydown", (event) => {
  if (!viewer.open || event.ctrlKey || event.metaKey || event.altKey) return;
  if (keys[event.key]) zooms[keys[event.key]]();
  if (arrows[event.key] && event.target === stage) move(...arrows[event.key]);
});
// A single letter acts only while the picture itself has the focus: elsewhere it may be typed or spoken.
document.querySelector(".work__stage").addEventListener("keydown", (event) => {
  const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey;
  if (isPlain && event.key.toLowerCase() === "f") open();
});
viewer.addEventListener("click", (event) => {
  if (event.target.dataset.zoom) zooms[event.target.dataset.zoom]();
  if (event.target.matches("[data-close]")) viewer.close();
});
const hold = viewer.querySelector("[data-hold]");
hold.addEventListener("pointerdown", () => showPhoto(true));
["pointerup", "pointerleave", "pointercancel", "blur"].forEach((name) => hold.addEventListener(name, () => showPhoto(false)));
hold.addEventListener("keydown", (event) => { if (event.key === " " || event.key === "Enter") showPhoto(true); });
hold.addEventListener("keyup", () => showPhoto(false));

stage.addEventListener("wheel", (event) => {
  event.preventDefault();
  const box = stage.getBoundingClientRect();
  zoomAt(Math.exp(-event.deltaY / 400), event.clientX - box.left, event.clientY - box.top);
}, { passive: false });
stage.addEventListener("dblclick", (event) => {
  const box = stage.getBoundingClientRect();
  if (view.scale > fitScale() * 1.01) center(fitScale());
  else zoomAt(1 / view.scale, event.clientX - box.left, event.clientY - box.top);
});
stage.addEventListener("pointerdown", (event) => {
  stage.setPointerCapture(event.pointerId);
  fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
});
stage.addEventListener("pointermove", (event) => {
  const before = fingers.get(event.pointerId);
  if (!before) return;
  const now = { x: event.clientX, y: event.clientY };
  const other = [...fingers].find(([id]) => id !== event.pointerId)?.[1];
  if (other) {
    const box = stage.getBoundingClientRect();
    const distance = (point) => Math.hypot(point.x - other.x, point.y - other.y) || 1;
    zoomAt(distance(now) / distance(before), (now.x + other.x) / 2 - box.left, (now.y + other.y) / 2 - box.top);
  } else {
    move(now.x - before.x, now.y - before.y);
  }
  fingers.set(event.pointerId, now);
});
["pointerup", "pointercancel"].forEach((name) => stage.addEventListener(name, (event) => fingers.delete(event.pointerId)));
window.addEventListener("resize", () => { if (viewer.open) center(fitScale()); });
