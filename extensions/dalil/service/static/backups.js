// While a backup is being made: show how far it is, and load the page again when it is done.
"use strict";
const making = document.getElementById("making");
const headers = { "X-XSRFToken": document.querySelector("meta[name=xsrf]").content };
async function look() {
  try {
    const answer = await fetch(making.dataset.address, { headers });
    if (answer.status === 403) return; // logged out meanwhile
    const state = (await answer.json()).making;
    if (!state.busy) {
      location.reload();
      return;
    }
    const bar = making.querySelector("progress");
    bar.max = state.total || 1;
    bar.value = state.done;
  } catch {
    // the connection is gone for a moment: ask again
  }
  setTimeout(look, 1000);
}
if (making) setTimeout(look, 500);
