// Loaded first by every page that has scripts: styles can tell that scripts run.
document.documentElement.classList.add("js");
