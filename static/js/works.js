// My works: mark all on the page; the buttons work only while something is marked.

const form = document.getElementById("selection");

function refresh() {
  const marks = [...form.querySelectorAll('input[name="works"]')];
  const count = marks.filter((mark) => mark.checked).length;
  const all = document.getElementById("mark-all");
  all.checked = count === marks.length;
  all.indeterminate = count > 0 && count < marks.length;
  form.querySelectorAll("#selection-bar button").forEach((button) => { button.disabled = count === 0; });
}

if (form) {
  document.getElementById("mark-all").addEventListener("change", (event) => {
    form.querySelectorAll('input[name="works"]').forEach((mark) => { mark.checked = event.target.checked; });
    refresh();
  });
  form.addEventListener("change", refresh);
  // A page that comes back from the browser's history keeps its marks.
  window.addEventListener("pageshow", refresh);
}
