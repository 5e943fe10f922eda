// Loaded first by every page: styles can tell that scripts run, and an open menu closes by Esc or a click elsewhere.
document.documentElement.classList.add("js");

const OPEN_MENU = ":is(.menu, .picker)[open]";

document.addEventListener("click", (event) => {
  document.querySelectorAll(OPEN_MENU).forEach((menu) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
});
document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && document.querySelector(OPEN_MENU);
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});
