// Asks before a form or button with data-confirm does what cannot be undone.

document.addEventListener("submit", (event) => {
  const asking = event.submitter?.dataset.confirm ? event.submitter : event.target;
  if (asking.dataset.confirm && !window.confirm(asking.dataset.confirm)) event.preventDefault();
});
