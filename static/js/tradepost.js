// What the pages gain from a script. Nothing here is needed: without it every form still posts,
// every dialog still opens by its link, and the theme is kept by the same cookie.

const root = document.documentElement;
const toasts = document.getElementById("toasts");

// Themes: show the choice at once, tell the server beside it.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[data-theme-switch]")) return;
  event.preventDefault();
  const chosen = event.submitter.value;
  if (chosen === "system") delete root.dataset.theme;
  else root.dataset.theme = chosen;
  for (const button of form.querySelectorAll("button")) {
    button.setAttribute("aria-pressed", String(button === event.submitter));
  }
  fetch(form.action, {
    method: "POST",
    body: new FormData(form, event.submitter),
    headers: { "HX-Request": "true" },
  });
});

// A second press while the first is under way would only be refused: the button waits.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "1";
  event.submitter?.setAttribute("aria-busy", "true");
});
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  for (const button of document.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
});

// Dialogs: a link to a dialog opens it modally; a link out of it, or a click beside it, closes it.
document.addEventListener("click", (event) => {
  const link = event.target.closest('a[href^="#"]');
  const dialog = link && document.getElementById(link.hash.slice(1));
  if (dialog?.matches("dialog")) {
    event.preventDefault();
    dialog.showModal();
  } else if (link?.matches("dialog [data-close]")) {
    event.preventDefault();
    link.closest("dialog").close();
    if (location.hash) history.replaceState(null, "", location.pathname + location.search);
  } else if (event.target.matches("dialog")) {
    const box = event.target.getBoundingClientRect();
    const beside = event.clientX < box.left || event.clientX > box.right || event.clientY < box.top || event.clientY > box.bottom;
    if (beside) event.target.close();
  }
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
  event.target.closest("[data-dismiss]")?.closest(".toast")?.remove();
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = document.querySelector("details[data-menu][open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

// Toasts: go after eight seconds, not while somebody reads or reaches for them; errors stay.
function leaveLater(toast) {
  if (toast.classList.contains("bad")) return;
  const timer = setInterval(() => {
    if (toast.matches(":hover, :focus-within")) return;
    clearInterval(timer);
    toast.remove();
  }, 8000);
}
function say(text, tone = "info") {
  const toast = document.createElement("div");
  toast.className = `toast ${tone}`;
  const words = document.createElement("p");
  words.textContent = text;
  toast.append(document.createElement("span"), words);
  toasts?.append(toast);
  leaveLater(toast);
}
toasts?.querySelectorAll(".toast").forEach(leaveLater);
document.addEventListener("toast", (event) => say(event.detail.text, event.detail.tone));

// htmx: a form that comes back with errors takes the focus to its summary; a failure is said.
document.addEventListener("htmx:afterSettle", (event) => event.target.querySelector?.(".error-summary")?.focus());
for (const failure of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
  document.addEventListener(failure, () => say(toasts.dataset.failed, "bad"));
}

navigator.serviceWorker?.register("/sw.js");
