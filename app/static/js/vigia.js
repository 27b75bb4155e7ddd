/* What the pages gain with JavaScript; every one of them works without it. */
import { startAutosave } from "./autosave.js";
import { startRadar } from "./radar.js";
import { startUpload } from "./upload.js";

/** "/" goes to the search box, unless the person is writing. */
function focusSearch(event) {
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
  const box = document.querySelector("[data-search]");
  if (!box) return;
  event.preventDefault();
  box.focus();
  box.select();
}

/** Copies a whole digest and says so beside the button. */
async function copyDigest(button) {
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
  } catch {
    return; // no permission: the digest can still be read in the title of its text
  }
  const said = button.nextElementSibling ?? document.createElement("span");
  said.className = "hash";
  said.setAttribute("role", "status");
  button.after(said);
  said.textContent = document.body.dataset.textCopied;
  setTimeout(() => said.remove(), 4000);
}

function setSubmits(root, disabled) {
  for (const button of root.querySelectorAll('button[type="submit"]')) button.disabled = disabled;
}

/** A form that was sent is not sent again until the answer comes, or 15 s later (a download has none). */
function blockSecondSubmit(event) {
  const form = event.target;
  if (event.defaultPrevented || form.method === "get") return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "1";
  // After the browser has gathered the data: a disabled button would not be in it.
  setTimeout(() => setSubmits(form, true));
  setTimeout(unblock, 15000);
}

/** Coming back with the browser's arrow finds the forms ready again. */
function unblock() {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  setSubmits(document, false);
}

/** Gives life to the page, or to the one that an upload put in its place. */
function start() {
  document.querySelector("[data-error-summary]")?.focus();
  if (navigator.clipboard) {
    for (const button of document.querySelectorAll("[data-copy]")) button.hidden = false;
  }
  for (const form of document.querySelectorAll("form[data-autosave-url]")) startAutosave(form);
  for (const form of document.querySelectorAll("form[data-radar-url]")) startRadar(form);
  for (const form of document.querySelectorAll("form[data-upload]")) startUpload(form, start);
}

document.addEventListener("keydown", focusSearch);
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy]");
  if (button) copyDigest(button);
});
start();
document.addEventListener("submit", blockSecondSubmit);
window.addEventListener("pageshow", unblock);
