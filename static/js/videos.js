// Uploads a video in pieces. After a line that broke it asks how much has arrived and goes on there.
import { sendPiece, askOffset } from "./pieces.js";
import { send } from "./send.js";

const { gettext, interpolate } = window;
const form = document.getElementById("video-upload");
const drop = document.getElementById("drop");
const input = document.getElementById("video");
const box = document.getElementById("progress");
const part = (name) => box.querySelector(`[data-part=${name}]`);
const button = (name) => box.querySelector(`[data-do=${name}]`);
const PAUSES = [1000, 3000, 9000]; // milliseconds before the same piece is tried again by itself

let current = null; // {file, address, chunk, offset, abort}

function show(file) {
  drop.hidden = true;
  box.hidden = false;
  part("name").textContent = file.name;
  report(0, file);
}

function report(offset, file) {
  part("bar").value = file.size ? offset / file.size : 0;
  const percent = Math.floor(100 * part("bar").value);
  part("state").textContent = percent < 100
    ? interpolate(gettext("Uploading, %s %"), [percent]) : gettext("Looking at the video");
}

function fail(text, mayGoOn) {
  part("error").textContent = text;
  part("error").hidden = false;
  part("state").textContent = "";
  button("resume").hidden = !mayGoOn;
}

function begin(file) {
  if (file.size > Number(form.dataset.maxBytes)) {
    show(file);
    fail(interpolate(gettext("This file is larger than %s MB."), [form.dataset.maxBytes / 2 ** 20]), false);
    return;
  }
  show(file);
  const known = unfinished(file);
  if (known) ask(file, known);
  else announce(file);
}

function unfinished(file) {
  const same = (item) => item.dataset.name === file.name && Number(item.dataset.size) === file.size;
  return [...document.querySelectorAll("[data-unfinished]")].find(same)?.dataset.unfinished;
}

async function announce(file) {
  const data = new FormData();
  data.set("name", file.name);
  data.set("size", file.size);
  const { status, body, isLoggedOut } = await send(form.dataset.uploads, data);
  if (status === 201) goOn({ file, ...body });
  else fail(isLoggedOut ? gettext("Log in again, then go on.") : body?.error || gettext("The upload failed."), false);
}

async function ask(file, address) {
  const answer = await askOffset(address);
  if (answer.status === 200) goOn({ file, ...answer.body });
  else announce(file);
}

async function goOn(upload) {
  current = { ...upload, abort: new AbortController() };
  const { file, chunk, abort } = current;
  let tries = 0;
  while (!abort.signal.aborted) {
    const piece = file.slice(current.offset, current.offset + chunk);
    const onUpload = (bytes) => report(current.offset + bytes, file);
    const { status, body, isLoggedOut } = await sendPiece(current.address, current.offset, piece, { onUpload, signal: abort.signal });
    if (abort.signal.aborted) return;
    if (status === 201 && body) {
      window.location.assign(body.page);
      return;
    }
    if ((status === 200 || status === 409) && body && !isLoggedOut) {
      tries = status === 200 ? 0 : tries + 1;
      current.offset = body.offset;
      report(body.offset, file);
    } else if (isLoggedOut || (status >= 400 && status < 500 && status !== 400)) {
      fail(isLoggedOut ? gettext("Log in again, then go on.") : body?.error || gettext("The upload failed."), isLoggedOut);
      return;
    } else if (!(await waited(tries++))) {
      fail(body?.error || gettext("The connection broke."), true);
      return;
    }
  }
}

async function waited(tries) {
  if (tries >= PAUSES.length) return false;
  await new Promise((resolve) => { setTimeout(resolve, PAUSES[tries]); });
  const answer = await askOffset(current.address);
  if (answer.status === 200) current.offset = answer.body.offset;
  return answer.status !== 404;
}

button("resume").addEventListener("click", () => {
  part("error").hidden = true;
  button("resume").hidden = true;
  ask(current.file, current.address);
});
button("stop").addEventListener("click", async () => {
  current?.abort.abort();
  if (current) await sendPiece(current.address, 0, null, { method: "DELETE" });
  window.location.reload();
});
input.addEventListener("change", () => input.files.length && begin(input.files[0]));
["dragenter", "dragover"].forEach((name) => drop.addEventListener(name, (event) => {
  event.preventDefault();
  drop.classList.add("drop--over");
}));
["dragleave", "drop"].forEach((name) => drop.addEventListener(name, () => drop.classList.remove("drop--over")));
drop.addEventListener("drop", (event) => {
  event.preventDefault();
  if (event.dataTransfer.files.length) begin(event.dataTransfer.files[0]);
});
