// A plain form that takes a while: its button says so, and a second click does nothing.

const { gettext } = window;

document.querySelectorAll("form[data-pending]").forEach((form) => {
  const button = form.querySelector("button[type=submit]:not([formaction])");
  const label = button.textContent;
  form.addEventListener("submit", () => {
    button.textContent = gettext("Converting");
    // Only after the browser has gathered the form, or the button would be left out of it.
    setTimeout(() => { button.disabled = true; });
  });
  window.addEventListener("pageshow", () => { button.textContent = label; button.disabled = false; });
});
