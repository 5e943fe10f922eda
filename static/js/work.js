// One work: the faces of its photo, looked for when somebody first asks for them.

import { enableFaces } from "./faces.js";
import { post } from "./post.js";

const { gettext } = window;
const form = document.querySelector(".work__again");
const picker = document.getElementById("picker");
const note = document.getElementById("faces-note");
let isKnown = picker.children.length > 0 || note.textContent.trim() !== "";

async function find() {
  isKnown = true;
  note.textContent = gettext("Finding faces");
  const { body } = await post(form.dataset.find, new FormData());
  isKnown = typeof body?.picker === "string"; // else it is tried again with the next choice
  note.textContent = isKnown ? body.note : body?.error ?? gettext("Something went wrong. Please reload the page.");
  picker.innerHTML = body?.picker ?? "";
  enableFaces(form);
}

function look() {
  if (!isKnown && form.querySelector("[name=faces]:checked").value !== "off") find();
}

form.addEventListener("change", look);
enableFaces(form);
look(); // a choice that the browser has kept
