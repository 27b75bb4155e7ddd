/* Progress and cancelling of uploads: form[data-upload]. */

/** The first chosen file over the limit of its field, or undefined. */
function tooBig(form) {
  for (const field of form.querySelectorAll('input[type="file"][data-max-bytes]')) {
    const limit = Number(field.dataset.maxBytes);
    const file = [...field.files].find((one) => one.size > limit);
    if (file) return file;
  }
  return undefined;
}

/** Builds the progress line of a form whose template has none (an event with a file). */
function progressBox(form) {
  const present = form.querySelector("[data-upload-progress]");
  if (present) return present;
  const box = document.createElement("div");
  box.className = "upload-progress";
  box.dataset.uploadProgress = "";
  const bar = document.createElement("progress");
  bar.max = 100;
  const text = document.createElement("span");
  text.setAttribute("role", "status");
  text.dataset.uploadText = "";
  box.append(bar, text);
  form.append(box);
  return box;
}

/**
 * Shows the page that the server answered, without asking for it again: its messages ("Se guardó…") are
 * given only once. The address becomes that of the answer, and the browser's arrow still goes back.
 */
function showAnswer(request, start) {
  const answer = new DOMParser().parseFromString(request.responseText, "text/html");
  if (!answer.querySelector("main")) return false;
  document.title = answer.title;
  document.body.replaceWith(document.adoptNode(answer.body));
  const { pathname, search } = new URL(request.responseURL);
  if (pathname + search !== window.location.pathname + window.location.search) {
    history.pushState(null, "", request.responseURL);
    window.addEventListener("popstate", () => {
      const gone = window.location.pathname + window.location.search !== pathname + search;
      if (gone) window.location.reload();
    });
  }
  window.scrollTo(0, 0);
  document.querySelector("main").focus({ preventScroll: true });
  start();
  return true;
}

/** Sends the form in the background while there are files in it; `start` gives life to the answer. */
export function startUpload(form, start) {
  const texts = document.body.dataset;

  function send(box) {
    const bar = box.querySelector("progress");
    const text = box.querySelector("[data-upload-text]");
    const cancel = box.querySelector("[data-upload-cancel]");
    const request = new XMLHttpRequest();
    const began = Date.now();
    const done = (message) => {
      text.textContent = message;
      bar.removeAttribute("value");
      bar.hidden = true;
      if (cancel) cancel.hidden = true;
      delete form.dataset.sent;
      for (const button of form.querySelectorAll('button[type="submit"]')) button.disabled = false;
    };
    bar.hidden = false;
    bar.value = 0;
    if (cancel) {
      cancel.hidden = false;
      cancel.onclick = () => request.abort();
    }
    request.upload.onprogress = (event) => {
      if (!event.lengthComputable) return;
      const share = event.loaded / event.total;
      const left = Math.ceil(((Date.now() - began) * (1 - share)) / share / 1000);
      const phrase = share === 1 ? texts.textChecking : left > 2 ? texts.textUploadLeft : texts.textUpload;
      bar.value = share * 100;
      text.textContent = phrase
        .replace("{pct}", String(Math.floor(share * 100)))
        .replace("{n}", String(left));
    };
    request.onload = () => {
      if (!showAnswer(request, start)) done(texts.textUploadFailed);
    };
    request.onerror = () => done(texts.textUploadFailed);
    request.onabort = () => done(texts.textUploadCancelled);
    request.open("POST", form.action);
    request.send(new FormData(form));
  }

  form.addEventListener("submit", (event) => {
    const files = [...form.querySelectorAll('input[type="file"]')].some((field) => field.files.length);
    if (!files || event.defaultPrevented) return; // an ordinary form: the browser sends it
    event.preventDefault();
    if (form.dataset.sent) return;
    const box = progressBox(form);
    box.hidden = false;
    const file = tooBig(form);
    if (file) {
      box.querySelector("progress").hidden = true;
      box.querySelector("[data-upload-text]").textContent = texts.textTooBig.replace("{name}", file.name);
      return;
    }
    form.dataset.sent = "1";
    for (const button of form.querySelectorAll('button[type="submit"]')) button.disabled = true;
    send(box);
  });
}
