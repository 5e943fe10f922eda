// Uploads a video in chunks. After a line that broke it asks how much has arrived and goes on there.
import { sendChunk, fetchOffset } from "./upload-chunks.js";
import { post } from "./post.js";

const { gettext, interpolate } = window;
const form = document.getElementById("video-upload");
const drop = document.getElementById("drop");
const input = document.getElementById("video");
const box = document.getElementById("progress");
const part = (name) => box.querySelector(`[data-part=${name}]`);
const button = (name) => box.querySelector(`[data-do=${name}]`);
const RETRY_DELAYS_MS = [1000, 3000, 9000]; // milliseconds before the same chunk is tried again by itself

let current = null; // {file, address, chunk, offset, abort}: the server calls the URL of an upload its address
let resume = null; // what "Go on" does

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
    ? interpolate(gettext("Uploading, %s %"), [percent]) : gettext("Checking the video");
}

function fail(text, goingOn) {
  part("error").textContent = text;
  part("error").hidden = false;
  part("state").textContent = "";
  resume = goingOn;
  button("resume").hidden = !goingOn;
}

// Only a new page has a token that the server takes. The upload is then among the unfinished ones.
function askToLogIn() {
  const text = gettext("Your session has ended. Log in again, then choose the same file again.");
  fail(text, () => window.location.reload());
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
  const { status, body, isLoggedOut } = await post(form.dataset.uploads, data);
  if (status === 201) goOn({ file, ...body });
  else if (isLoggedOut) askToLogIn();
  else fail(body?.error || gettext("The upload failed."));
}

async function ask(file, url) {
  const { status, body, isLoggedOut } = await fetchOffset(url);
  if (isLoggedOut) askToLogIn();
  else if (status === 200 && body) goOn({ file, ...body });
  else if (status === 404) announce(file);
  else fail(gettext("Connection lost."), () => ask(file, url));
}

async function goOn(upload) {
  current = { ...upload, abort: new AbortController() };
  const { file, chunk, abort } = current;
  let attempts = 0;
  while (!current.page) {
    const piece = file.slice(current.offset, current.offset + chunk);
    const onUpload = (bytes) => report(current.offset + bytes, file);
    const { status, body, isLoggedOut } = await sendChunk(current.address, current.offset, piece, { onUpload, signal: abort.signal });
    if (abort.signal.aborted) return;
    if (isLoggedOut) {
      askToLogIn();
      return;
    }
    if (body && [200, 201, 409].includes(status)) {
      attempts = status === 409 ? attempts + 1 : 0;
      applyAnswer(body);
    } else if (status > 400 && status < 500) {
      fail(body?.error || gettext("The upload failed."));
      return;
    } else if (!(await waited(attempts++))) {
      fail(body?.error || gettext("Connection lost."), () => ask(file, current.address));
      return;
    }
    if (abort.signal.aborted) return;
  }
  window.location.assign(current.page);
}

// The answer has the offset, or the page of the video that the upload has become.
function applyAnswer(answer) {
  Object.assign(current, answer);
  report(answer.offset ?? current.file.size, current.file);
}

async function waited(attempts) {
  if (attempts >= RETRY_DELAYS_MS.length) return false;
  await new Promise((resolve) => { setTimeout(resolve, RETRY_DELAYS_MS[attempts]); });
  const { status, body, isLoggedOut } = await fetchOffset(current.address);
  if (status === 200 && body && !isLoggedOut) applyAnswer(body);
  return status !== 404;
}

button("resume").addEventListener("click", () => {
  part("error").hidden = true;
  button("resume").hidden = true;
  resume();
});
button("stop").addEventListener("click", async () => {
  current?.abort.abort();
  if (current) await sendChunk(current.address, 0, null, { method: "DELETE" });
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
