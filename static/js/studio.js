// The studio: takes photos in every way, sends them one after another, shows what becomes of each.

import { Card } from "./card.js";
import { filesOf } from "./folders.js";
import { newRequestId } from "./queue.js";
import { post } from "./post.js";

const { gettext, interpolate, ngettext } = window;
const form = document.getElementById("studio");
const drop = document.getElementById("drop");
const cards = document.getElementById("cards");
const announcer = document.getElementById("announcer");
const leftOut = document.getElementById("left-out");
const maxBytes = Number(form.dataset.maxBytes);
const queue = [];
const MAX_ATTEMPTS = 5;
let isRunning = false;

const choice = (name) => form.querySelector(`input[name="${name}"]:checked`)?.value ?? "";
const chosen = () => ({ style: choice("style"), detail: choice("detail"), speed: choice("speed"), faces: choice("faces") });

function enqueue(job) {
  const card = new Card({ ...chosen(), ...job }, { onRetry: retry, onAgain: again, onFaces: withFaces, onNews: announce });
  cards.prepend(card.element);
  if (job.file && job.file.size > maxBytes) {
    const text = interpolate(gettext("This file is larger than %s MB."), [Math.floor(maxBytes / 2 ** 20)]);
    card.fail(text, { canRetry: false });
    return;
  }
  queue.push(card);
  run();
}

// Several files may have news in the same moment; each line is read out.
function announce(text) {
  const line = document.createElement("p");
  line.textContent = text;
  announcer.append(line);
  while (announcer.children.length > 10) announcer.firstChild.remove();
}

function retry(card) {
  card.wait();
  queue.push(card);
  run();
}

function again(card) {
  const { again: url, photo: picture, name } = card.work;
  enqueue({ url, picture, name });
}

// As the card's work was made, with those of its faces that are ticked now.
function withFaces(card, picked) {
  const { again: url, photo: picture, name, style, detail, speed, faces } = card.work;
  enqueue({ url, picture, name, style, detail, speed, faces, picked });
}

function dataOf({ file, style, detail, speed, faces, picked }) {
  const data = new FormData();
  data.append("style", style);
  data.append("detail", detail);
  data.append("speed", speed);
  data.append("faces", faces);
  for (const [name, value] of picked ?? []) data.append(name, value);
  if (file) data.append("photos", file, file.name);
  return data;
}

function reason({ status, body, isLoggedOut }) {
  if (body?.error) return body.error;
  if (status === 0) return gettext("Connection lost. Your photo is still here: please try again.");
  if (isLoggedOut || status === 403) return gettext("Your session has ended. Please reload the page and log in again.");
  return interpolate(gettext("The server could not convert it (error %s). Please try again."), [status]);
}

const pause = (seconds) => new Promise((resolve) => { setTimeout(resolve, seconds * 1000); });

async function ask(card) {
  card.aborter = new AbortController();
  card.requestId = newRequestId();
  if (card.job.file) card.upload(0);
  else card.convert();
  return post(card.job.url, dataOf(card.job), {
    onUpload: card.job.file ? (share) => card.upload(share) : null,
    signal: card.aborter.signal,
    requestId: card.requestId,
  });
}

async function convert(card) {
  let answer = await ask(card);
  for (let attempts = 1; answer.status === 503 && attempts < MAX_ATTEMPTS && !card.canceled; attempts += 1) {
    const seconds = Math.min(answer.retryAfter ?? 5, 60);
    card.busy(seconds);
    await pause(seconds);
    if (!card.canceled) answer = await ask(card);
  }
  if (card.canceled) return;
  const isDone = (answer.status === 200 || answer.status === 201) && answer.body?.id;
  if (isDone) card.finish(answer.body);
  else card.fail(reason(answer), { canRetry: ![404, 413, 422].includes(answer.status) });
}

async function run() {
  if (isRunning) return;
  isRunning = true;
  while (queue.length) {
    const card = queue.shift();
    if (!card.canceled) await convert(card);
  }
  isRunning = false;
}

function addFiles(files) {
  for (const file of files) enqueue({ file, name: file.name, url: form.action });
}

const MAX_NAMES = 5;

function named(names) {
  const shown = names.slice(0, MAX_NAMES).join(", ");
  return names.length > MAX_NAMES ? interpolate(gettext("%s and others"), [shown]) : shown;
}

// What was in a dropped folder and is no photo.
function showLeftOut({ others, system }) {
  const texts = [];
  if (others.length) {
    const text = ngettext("%s file in another format was left out: %s", "%s files in other formats were left out: %s", others.length);
    texts.push(interpolate(text, [others.length, named(others)]));
  }
  if (system.length) {
    const text = ngettext("%s hidden or system file was left out: %s", "%s hidden or system files were left out: %s", system.length);
    texts.push(interpolate(text, [system.length, named(system)]));
  }
  leftOut.replaceChildren(...texts.map((text) => Object.assign(document.createElement("p"), { textContent: text })));
  leftOut.hidden = !texts.length;
  texts.forEach(announce);
}

for (const id of ["photos", "camera"]) {
  const input = document.getElementById(id);
  const take = () => {
    addFiles([...input.files]);
    input.value = "";
  };
  input.addEventListener("change", take);
  take(); // what was chosen before this script was there
}
document.getElementById("sample").addEventListener("click", (event) => {
  event.preventDefault();
  enqueue({ name: "astronaut.png", picture: event.target.dataset.picture, url: event.target.formAction });
});
window.addEventListener("dragover", (event) => { event.preventDefault(); drop.classList.add("drop--over"); });
window.addEventListener("dragleave", (event) => { if (!event.relatedTarget) drop.classList.remove("drop--over"); });
window.addEventListener("drop", async (event) => {
  event.preventDefault();
  drop.classList.remove("drop--over");
  const found = await filesOf(event.dataTransfer);
  showLeftOut(found);
  addFiles(found.pictures);
});
window.addEventListener("paste", (event) => {
  const files = [...event.clipboardData.files];
  if (files.length) { event.preventDefault(); addFiles(files); }
});
window.addEventListener("beforeunload", (event) => {
  if (isRunning) event.preventDefault();
});
