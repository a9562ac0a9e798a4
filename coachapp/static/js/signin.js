// Signing in again without leaving the page, so that nothing typed on it is at risk.

function tokenIn(html) {
  return new DOMParser().parseFromString(html, "text/html").querySelector('input[name="csrf_token"]')?.value ?? "";
}

async function post(address, email, password) {
  const page = await fetch(address, { headers: { Accept: "text/html" } });
  if (page.redirected) return null; // signed in already, in another tab
  const body = new URLSearchParams({ csrf_token: tokenIn(await page.text()), email, password });
  const answer = await fetch(address, { method: "POST", body, headers: { Accept: "text/html" } });
  if (answer.redirected) return null;
  const shown = new DOMParser().parseFromString(await answer.text(), "text/html");
  return shown.querySelector("#errors-summary li, .field-error")?.textContent.trim() || "Sign-in did not work. Please try again.";
}

// Ask for email and password; `then` runs once signed in and returns null, or words that say what is still wrong.
export function signInAgain(address, then) {
  const dialog = document.getElementById("sign-in-again");
  const form = dialog.querySelector("form");
  const error = dialog.querySelector("[data-error]");
  const done = new AbortController();
  error.textContent = "";
  form.addEventListener(
    "submit",
    async (event) => {
      event.preventDefault();
      error.textContent = "";
      let wrong;
      try {
        wrong = (await post(address, form.elements.email.value, form.elements.password.value)) ?? (await then());
      } catch {
        wrong = "The server cannot be reached. What you typed is kept.";
      }
      if (wrong) {
        error.textContent = wrong;
      } else {
        form.reset();
        dialog.close();
      }
    },
    { signal: done.signal },
  );
  dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close(), { signal: done.signal });
  dialog.addEventListener("close", () => done.abort(), { once: true });
  dialog.showModal();
}
