// A card: one photo on its way from waiting through upload and conversion to a result or a reason why not.

import { enableCompare } from "./compare.js";
import { enableFaces } from "./faces.js";
import { followQueue } from "./queue.js";
import { post } from "./post.js";

const { gettext, interpolate, ngettext } = window;
const template = document.getElementById("card-template");
const usualSeconds = JSON.parse(document.getElementById("usual-seconds").textContent);

// What has to do with faces takes longer, and a fast variant less, so their times are told apart.
const durationKey = ({ style, detail, speed, faces }) =>
  [style, detail, ...(speed === "fast" ? [speed] : []), ...(faces === "off" ? [] : [faces])].join("/");

export class Card {
  constructor(job, { onRetry, onAgain, onFaces, onNews }) {
    this.job = job;
    this.onNews = onNews;
    this.element = template.content.firstElementChild.cloneNode(true);
    this.part = (name) => this.element.querySelector(`.card__${name}`);
    this.action = (name) => this.element.querySelector(`[data-do="${name}"]`);
    this.part("name").textContent = job.name;
    this.part("progress").setAttribute("aria-label", job.name);
    this.showPhoto();
    this.action("retry").addEventListener("click", () => onRetry(this));
    this.action("again").addEventListener("click", () => onAgain(this));
    this.part("faces").addEventListener("submit", (event) => {
      event.preventDefault();
      onFaces(this, new FormData(event.target));
    });
    this.action("cancel").addEventListener("click", () => this.cancel());
    this.action("remove").addEventListener("click", () => this.remove());
    this.action("delete").addEventListener("click", () => this.delete());
    this.wait();
  }

  get state() { return this.element.dataset.state; }

  get isActive() { return ["waiting", "uploading", "converting"].includes(this.state); }

  showPhoto() {
    const image = this.part("photo");
    image.addEventListener("error", () => { image.hidden = true; });
    if (this.job.file) this.objectUrl = URL.createObjectURL(this.job.file);
    const source = this.job.picture ?? this.objectUrl;
    if (source) image.src = source;
    else image.hidden = true;
  }

  set(state, text, actions) {
    const hadFocus = this.element.contains(document.activeElement);
    this.element.dataset.state = state;
    this.part("state").textContent = text;
    this.element.querySelectorAll("[data-do]").forEach((item) => { item.hidden = !actions.includes(item.dataset.do); });
    this.part("progress").hidden = !["uploading", "converting"].includes(state);
    this.part("error").hidden = state !== "failed";
    // Whoever was at a button that is gone now goes on at the first one that is there.
    if (hadFocus && document.activeElement === document.body) this.action(actions[0])?.focus();
  }

  wait() { this.set("waiting", gettext("In the queue"), ["cancel"]); }

  busy(seconds) {
    this.set("waiting", interpolate(gettext("The server is busy; trying again in %s s"), [seconds]), ["cancel"]);
  }

  upload(share) {
    if (share >= 1) { this.convert(); return; }
    this.part("progress").value = share * 100;
    this.set("uploading", interpolate(gettext("Uploading: %s %"), [Math.round(share * 100)]), ["cancel"]);
  }

  // All of the photo is there. Where the server has others to convert first, it says how many.
  convert() {
    if (this.state === "converting") return;
    this.beginWork();
    const { requestId } = this;
    followQueue(requestId, {
      isOver: () => this.state !== "converting" || this.requestId !== requestId,
      onPosition: (position) => { if (position) this.queue(position); else if (this.isQueued) this.beginWork(); },
    });
  }

  // From here on the server works, and the work will be kept: there is nothing to cancel any more.
  beginWork() {
    this.isQueued = false;
    const seconds = usualSeconds[durationKey(this.job)];
    const text = seconds
      ? interpolate(gettext("Converting: about %s s"), [Math.max(1, Math.ceil(seconds))])
      : gettext("Converting");
    this.set("converting", text, []);
    this.part("progress").removeAttribute("value");
    if (seconds) this.countTowards(seconds);
  }

  queue({ ahead, seconds }) {
    this.isQueued = true;
    const text = ngettext("%s photo ahead: about %s s", "%s photos ahead: about %s s", ahead);
    this.set("converting", interpolate(text, [ahead, seconds]), ["cancel"]);
    this.part("progress").removeAttribute("value");
  }

  // The bar nears its end as the usual time passes, and never claims to be there before the answer is.
  countTowards(seconds) {
    const started = performance.now();
    const step = () => {
      if (this.state !== "converting" || this.isQueued) return;
      this.part("progress").value = 100 * (1 - Math.exp((-2.2 * (performance.now() - started)) / 1000 / seconds));
      requestAnimationFrame(step);
    };
    step();
  }

  fail(text, { canRetry = true } = {}) {
    this.part("error").textContent = text;
    this.set("failed", gettext("Couldn't convert"), canRetry ? ["retry", "remove"] : ["remove"]);
    this.onNews(`${this.job.name}: ${text}`);
  }

  finish(work) {
    this.work = work;
    usualSeconds[durationKey(work)] ??= work.seconds;
    this.part("photo").hidden = true;
    this.release();
    const result = this.part("result");
    const [after, before] = result.querySelectorAll("img");
    Object.assign(after, {
      src: work.result, width: work.width, height: work.height, alt: interpolate(gettext("Anime: %s"), [this.job.name]),
    });
    Object.assign(before, {
      src: work.before, width: work.width, height: work.height, alt: interpolate(gettext("Photo: %s"), [this.job.name]),
    });
    result.hidden = false;
    enableCompare(result);
    this.action("open").href = work.page;
    this.action("jpeg").href = work.downloads.jpeg;
    const text = work.isNew ? gettext("%s · %s, in %s s") : gettext("%s · %s: already in My works");
    const title = [work.detailTitle, work.speedTitle, work.facesTitle].filter(Boolean).join(" · ");
    const parts = [work.styleTitle, title, work.seconds.toFixed(1)];
    this.set("done", interpolate(text, work.isNew ? parts : parts.slice(0, 2)), ["open", "jpeg", "again", "delete"]);
    this.part("note").textContent = work.note;
    this.part("note").hidden = !work.note;
    this.showFaces(work);
    this.onNews([`${this.job.name}: ${this.part("state").textContent}`, work.note].filter(Boolean).join(" "));
  }

  showFaces({ picker }) {
    const form = this.part("faces");
    form.hidden = !picker;
    form.insertAdjacentHTML("afterbegin", picker);
    enableFaces(form);
  }

  release() {
    if (this.objectUrl) URL.revokeObjectURL(this.objectUrl);
    this.objectUrl = null;
  }

  cancel() {
    this.aborter?.abort();
    this.remove();
  }

  remove() {
    this.canceled = true;
    this.release();
    const neighbor = this.element.nextElementSibling ?? this.element.previousElementSibling;
    this.element.remove();
    (neighbor?.querySelector("[data-do]:not([hidden])") ?? document.getElementById("photos")).focus();
  }

  async delete() {
    if (!window.confirm(gettext("Permanently delete this work and its files?"))) return;
    const { status, body, isLoggedOut } = await post(this.work.delete, new FormData());
    // 404: it was deleted in another window already.
    if ((!isLoggedOut && body?.deleted) || status === 404) { this.remove(); return; }
    this.part("error").textContent = gettext("Couldn't delete it. Please reload the page and try again.");
    this.part("error").hidden = false;
    this.onNews(this.part("error").textContent);
  }
}
