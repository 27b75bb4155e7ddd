/* Drafts that save themselves: form[data-autosave-url]. */

const PAUSE_MS = 2000; // after the last key
const RETRY_MS = 15000;
const NEVER = new Set(["csrf_token", "version", "idempotency_key", "password", "totp"]);

/** The fields as {name: value}, or {name: [values]} when a name comes more than once. */
function draftOf(form) {
  const fields = {};
  for (const name of new Set(new FormData(form).keys())) {
    if (NEVER.has(name)) continue;
    const values = new FormData(form).getAll(name).filter((value) => typeof value === "string");
    if (values.length > 0) fields[name] = values.length === 1 ? values[0] : values;
  }
  for (const box of form.querySelectorAll('input[type="password"]')) delete fields[box.name];
  return JSON.stringify({ fields });
}

/** Watches one form until it is sent or the server says that there is nowhere to save it. */
export function startAutosave(form) {
  const texts = document.body.dataset;
  const line = form.querySelector("[data-autosave-status]");
  let saved = draftOf(form);
  let savedAt = 0;
  let timer = 0;
  let stopped = false;
  let busy = false;

  function say(text, failed = false) {
    if (!line) return;
    line.textContent = text;
    line.classList.toggle("failed", failed);
  }

  function sayWhen() {
    if (!form.isConnected) clearInterval(clock);
    if (!savedAt || stopped || busy || line?.classList.contains("failed")) return;
    const seconds = Math.round((Date.now() - savedAt) / 1000);
    if (seconds < 60) say(texts.textSavedAgo.replace("{n}", String(seconds)));
    else say(texts.textSavedMinutes.replace("{n}", String(Math.floor(seconds / 60))));
  }

  function again(delay) {
    clearTimeout(timer);
    if (!stopped) timer = setTimeout(save, delay);
  }

  async function save(leaving = false) {
    const draft = draftOf(form);
    if (stopped || !form.isConnected || draft === saved) return;
    if (busy && !leaving) {
      again(PAUSE_MS);
      return;
    }
    busy = true;
    say(texts.textSaving);
    try {
      const answer = await fetch(form.dataset.autosaveUrl, {
        method: "POST",
        headers: {
          "Content-Type": "application/json",
          "X-CSRFToken": form.querySelector('[name="csrf_token"]')?.value ?? "",
        },
        body: draft,
        keepalive: leaving,
        redirect: "error", // a redirect is the log-in page: nothing was saved
      });
      if (!answer.ok) {
        stopped = answer.status === 403 || answer.status === 404;
        throw new Error(String(answer.status));
      }
      saved = draft;
      savedAt = Date.now();
      say(texts.textSavedNow);
    } catch {
      say(texts.textUnsaved, true);
      again(RETRY_MS);
    } finally {
      busy = false;
    }
  }

  form.addEventListener("input", () => again(PAUSE_MS));
  form.addEventListener("submit", () => {
    stopped = true;
    clearTimeout(timer);
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") save(true);
  });
  const clock = setInterval(sayWhen, 5000);
}
