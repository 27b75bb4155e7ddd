/* Similar findings while one writes: form[data-radar-url], shown in [data-radar]. The button of the
   form does the same without this script. */

const PAUSE_MS = 1500; // after the last key
const READ = ["title", "condition", "criterion", "cause"];

export function startRadar(form) {
  const place = form.querySelector("[data-radar]");
  if (!place) return;
  let timer = 0;
  let asked = "";

  function typed() {
    const data = new FormData(form);
    const sent = new URLSearchParams();
    for (const name of READ) sent.set(name, String(data.get(name) ?? ""));
    return sent.toString();
  }

  async function look() {
    const body = typed();
    if (body === asked || !form.isConnected) return;
    asked = body;
    try {
      const answer = await fetch(form.dataset.radarUrl, {
        method: "POST",
        headers: {
          "Content-Type": "application/x-www-form-urlencoded",
          "X-CSRFToken": form.querySelector('[name="csrf_token"]')?.value ?? "",
        },
        body,
        redirect: "error", // a redirect is the log-in page
      });
      if (answer.ok && body === typed()) place.innerHTML = await answer.text();
    } catch {
      asked = ""; // asked again at the next pause
    }
  }

  form.addEventListener("input", (event) => {
    if (!READ.includes(event.target.name)) return;
    clearTimeout(timer);
    timer = setTimeout(look, PAUSE_MS);
  });
}
