// The compare slider: a native range input moves the split, so keys and touch work by themselves.

function follow(slider) {
  const range = slider.querySelector(".compare__range");
  const update = () => slider.style.setProperty("--split", `${range.value}%`);
  range.addEventListener("input", update);
  update();
}

export function enableCompare(root) {
  root.querySelectorAll(".compare").forEach(follow);
}

enableCompare(document);
