// A photo with boxes around its faces: a click on a box ticks the face, and the boxes show what is ticked.

export function enableFaces(form) {
  const picker = form.querySelector("[data-faces]");
  if (!picker) return;
  const boxes = [...picker.querySelectorAll("[data-number]")];
  // Of the two sets, faces in focus and whose portrait, the one that is shown.
  const inputOf = (number) => [...picker.querySelectorAll(`.face input[value="${number}"]`)]
    .find((input) => input.offsetParent);
  const refresh = () => boxes.forEach((box) => {
    box.classList.toggle("faces__box--ticked", inputOf(box.dataset.number)?.checked ?? false);
  });
  boxes.forEach((box) => box.addEventListener("click", () => inputOf(box.dataset.number)?.click()));
  form.addEventListener("change", refresh);
  picker.classList.add("faces--live");
  refresh();
}
