// A card: one photo on its way from waiting through upload and conversion to a result or a reason why not.

import { enableCompare } from "./compare.js";
import { send } from "./send.js";

const { gettext, interpolate } = window;
const template = document.getElementById("card-template");
const usual = JSON.parse(document.getElementById("usual-seconds").textContent);

export class Card {
  constructor(job, { onRetry, onAgain }) {
    this.job = job;
    this.element = template.content.firstElementChild.cloneNode(true);
    this.part = (name) => this.element.querySelector(`.card__${name}`);
    this.action = (name) => this.element.querySelector(`[data-do="${name}"]`);
    this.part("name").textContent = job.name;
    this.showPhoto();
    this.action("retry").addEventListener("click", () => onRetry(this));
    this.action("again").addEventListener("click", () => onAgain(this));
    this.action("cancel").addEventListener("click", () => this.cancel());
    this.action("delete").addEventListener("click", () => this.delete());
    this.wait();
  }

  showPhoto() {
    const image = this.part("photo");
    image.addEventListener("error", () => { image.hidden = true; });
    if (this.job.picture) image.src = this.job.picture;
    else if (this.job.file) image.src = URL.createObjectURL(this.job.file);
    else image.hidden = true;
  }

  set(state, text, actions) {
    this.element.dataset.state = state;
    this.part("state").textContent = text;
    this.element.querySelectorAll("[data-do]").forEach((item) => { item.hidden = !actions.includes(item.dataset.do); });
    this.part("progress").hidden = !["uploading", "converting"].includes(state);
    this.part("error").hidden = state !== "failed";
  }

  wait() { this.set("waiting", gettext("Waiting for its turn"), ["cancel"]); }

  upload(share) {
    if (share >= 1) { this.convert(); return; }
    this.part("progress").value = share * 100;
    this.set("uploading", interpolate(gettext("Uploading: %s %"), [Math.round(share * 100)]), ["cancel"]);
  }

  convert() {
    const seconds = usual[`${this.job.style}/${this.job.detail}`];
    const text = seconds
      ? interpolate(gettext("Converting: about %s s"), [Math.max(1, Math.ceil(seconds))])
      : gettext("Converting");
    this.set("converting", text, ["cancel"]);
    this.part("progress").removeAttribute("value");
    if (seconds) this.countTowards(seconds);
  }

  // The bar nears its end as the usual time passes, and never claims to be there before the answer is.
  countTowards(seconds) {
    const started = performance.now();
    const step = () => {
      if (this.element.dataset.state !== "converting") return;
      this.part("progress").value = 100 * (1 - Math.exp((-2.2 * (performance.now() - started)) / 1000 / seconds));
      requestAnimationFrame(step);
    };
    step();
  }

  fail(text, { canRetry = true } = {}) {
    this.part("error").textContent = text;
    this.set("failed", gettext("Not converted"), canRetry ? ["retry", "cancel"] : ["cancel"]);
  }

  finish(work) {
    this.work = work;
    this.part("photo").hidden = true;
    const result = this.part("result");
    const [after, before] = result.querySelectorAll("img");
    Object.assign(after, { src: work.result, width: work.width, height: work.height });
    Object.assign(before, { src: work.before, width: work.width, height: work.height });
    result.hidden = false;
    enableCompare(result);
    this.action("open").href = work.page;
    this.action("jpeg").href = work.downloads.jpeg;
    const text = work.isNew ? gettext("%s, %s, in %s s") : gettext("%s, %s: you had made this before");
    const parts = [work.styleTitle, work.detailTitle, work.seconds.toFixed(1)];
    this.set("done", interpolate(text, work.isNew ? parts : parts.slice(0, 2)), ["open", "jpeg", "again", "delete"]);
  }

  cancel() {
    this.aborter?.abort();
    this.cancelled = true;
    this.element.remove();
  }

  async delete() {
    if (!window.confirm(gettext("Delete this work and its files for good?"))) return;
    const { status, body } = await send(this.work.delete, new FormData());
    if (status === 200) this.element.remove();
    else this.fail(body?.error ?? gettext("It could not be deleted. Please try again."));
  }
}
