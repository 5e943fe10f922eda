// Comparisons of styles: answers by keys, and the focus goes on with the question.

const QUESTION = "#question";

// Held down, or a shortcut of the browser.
function isNoAnswer(event) {
  return event.repeat || event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey;
}

// What has the focus may need the key itself: a button its space, a menu its arrows.
function needsKeys(element) {
  return element.closest("a, button, input, select, textarea, summary, details[open]") !== null;
}

document.addEventListener("keydown", (event) => {
  const form = document.querySelector(`${QUESTION} form`);
  if (!form || isNoAnswer(event) || needsKeys(event.target)) return;
  const button = form.querySelector(`[data-keys~="${event.code}"]`);
  if (!button) return;
  event.preventDefault();
  // Nobody has seen these two yet, or the answer is on its way.
  const images = [...document.querySelectorAll(`${QUESTION} .question__image`)];
  if (images.every((image) => image.complete) && !form.classList.contains("htmx-request")) button.click();
});

// Without this the focus would be lost with the button that was pressed, and a space would press the next one.
document.addEventListener("htmx:afterSwap", ({ detail }) => {
  if (detail.target.matches(QUESTION)) document.querySelector(`${QUESTION} h1`)?.focus({ preventScroll: true });
});

// A whole page in answer: logged out, closed or deleted, which the page itself says; a server's error is tried again.
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (!detail.serverResponse.trimStart().toLowerCase().startsWith("<!doctype")) return;
  detail.shouldSwap = false;
  if (detail.xhr.status < 500) window.location.reload();
});
