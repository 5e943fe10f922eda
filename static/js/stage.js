// One work on the dark stage. Going on to a neighbor replaces the stage in place, so that full screen stays.

import { enableCompare } from "./compare.js";
import { saveListUrl } from "./list-url.js";
import { post } from "./post.js";

const { gettext, interpolate } = window;
const announcer = document.getElementById("announcer");
const part = (name) => document.getElementById(name);
const MIN_SWIPE_PX = 60;
let isGoing = false;
let finger = null;

function announce(text) { announcer.textContent = text; }

async function like(event) {
  event.preventDefault();
  const button = event.target.querySelector("button");
  const data = new FormData();
  data.append("on", button.value);
  const { body, isLoggedOut } = await post(event.target.action, data);
  if (isLoggedOut || !body || body.error) {
    announce(body?.error ?? gettext("Something went wrong. Please reload the page."));
    return;
  }
  button.setAttribute("aria-pressed", String(body.isLiked));
  button.value = body.isLiked ? "0" : "1";
  part("likes").textContent = body.likes;
}

async function copy() {
  const { url } = part("copy").dataset;
  try {
    await navigator.clipboard.writeText(url);
    announce(gettext("Link copied"));
    part("copy").classList.add("stage__button--done");
    setTimeout(() => part("copy")?.classList.remove("stage__button--done"), 1500);
  } catch {
    window.prompt(gettext("Copy this link"), url); // browsers refuse the clipboard without https
  }
}

function inform(on = !part("stage").classList.contains("stage--informed")) {
  part("stage").classList.toggle("stage--informed", on);
  part("info").setAttribute("aria-expanded", String(on));
}

async function fill() {
  if (document.fullscreenElement) await document.exitFullscreen();
  else await document.documentElement.requestFullscreen();
}

function preload() {
  document.querySelectorAll("[data-near]").forEach((image) => {
    image.srcset = image.dataset.srcset;
    image.src = image.dataset.src;
  });
}

// What a click on a link does here, unless it asks for another tab or window.
function follow(event, act) {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  act();
}

// Back to the list: one step back where it was opened from there, or each look at a work would lengthen the history.
function leave() {
  const { origin, pathname, href } = part("close");
  const from = document.referrer && new URL(document.referrer);
  const isBehind = window.history.length > 1 && from && from.origin === origin && from.pathname === pathname;
  if (isBehind) window.history.back();
  else window.location.assign(href);
}

function ready() {
  const stage = part("stage");
  enableCompare(stage);
  part("like")?.addEventListener("submit", like);
  part("close").addEventListener("click", (event) => follow(event, leave));
  part("copy").addEventListener("click", copy);
  part("full").addEventListener("click", fill);
  part("full").hidden = !document.fullscreenEnabled;
  part("info").addEventListener("click", () => inform());
  stage.querySelectorAll(".stage__arrow").forEach((arrow) => {
    arrow.addEventListener("click", (event) => follow(event, () => go(arrow.href)));
  });
  saveListUrl(part("close").href);
  // Who is at something in it already, before this script came, stays there.
  if (!stage.contains(document.activeElement)) stage.focus({ preventScroll: true });
  const image = stage.querySelector(".stage__image, .compare__after");
  if (!image || image.complete) preload();
  else image.addEventListener("load", preload, { once: true });
}

async function go(url) {
  if (isGoing) return;
  isGoing = true;
  const isInformed = part("stage").classList.contains("stage--informed");
  try {
    const response = await fetch(url);
    if (!response.ok || response.redirected) throw new Error(response.status);
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    document.title = page.title;
    part("stage").replaceWith(page.getElementById("stage"));
    // The list lies one step back, however many works were looked at.
    history.replaceState(null, "", url);
    ready();
    inform(isInformed);
    announce(interpolate(gettext("Now shown: %s"), [part("stage").getAttribute("aria-label")]));
  } catch {
    location.assign(url);
  }
  isGoing = false;
}

function turn(name) {
  const arrow = document.querySelector(`.stage__arrow--${name}`);
  if (arrow) go(arrow.href);
}

const keys = {
  ArrowLeft: () => turn("newer"),
  ArrowRight: () => turn("older"),
  Escape: () => {
    if (part("stage").classList.contains("stage--informed")) inform(false);
    else leave();
  },
  f: fill,
  i: () => inform(),
  l: () => part("like")?.requestSubmit(),
};

// Letters act only while the focus is on the stage: elsewhere they may be typed or spoken.
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  // Arrows move the compare slider, and seek in a video, while it has the focus.
  if (event.target.matches("input, video") && event.key.startsWith("Arrow")) return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (!keys[key] || (key.length === 1 && !part("stage").contains(event.target))) return;
  event.preventDefault();
  keys[key]();
});
document.addEventListener("pointerdown", (event) => {
  const isOnPicture = event.target.closest(".stage__room") && !event.target.matches("input, video");
  finger = isOnPicture && event.isPrimary && event.pointerType !== "mouse" ? event : null;
});
document.addEventListener("pointercancel", () => { finger = null; });
document.addEventListener("pointerup", (event) => {
  if (!finger || !event.isPrimary) return;
  const [x, y] = [event.clientX - finger.clientX, event.clientY - finger.clientY];
  finger = null;
  if (Math.abs(x) > MIN_SWIPE_PX && Math.abs(x) > 2 * Math.abs(y)) turn(x > 0 ? "newer" : "older");
});
ready();
