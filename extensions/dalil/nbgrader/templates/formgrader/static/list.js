// The list of submissions: names on request, and only what waits for a mark.
"use strict";
(function () {
  const words = JSON.parse(document.getElementById("facts").textContent).words;
  const button = document.getElementById("names");
  const only = document.getElementById("only");
  if (button === null) return;
  const kept = {
    get(key) {
      try {
        return localStorage.getItem("dalil-marking:" + key);
      } catch (error) {
        return null; // storage may be forbidden: then it is for this page alone
      }
    },
    set(key, value) {
      try {
        localStorage.setItem("dalil-marking:" + key, value);
      } catch (error) {
        /* as above */
      }
    },
  };

  function names(show) {
    button.setAttribute("aria-pressed", String(show));
    button.textContent = show ? words.hide_name : words.show_name;
    for (const cell of document.querySelectorAll(".who")) cell.hidden = !show;
  }

  function waiting() {
    for (const row of document.querySelectorAll("tr[data-waits=false]")) row.hidden = only.checked;
  }

  button.addEventListener("click", () => {
    const show = button.getAttribute("aria-pressed") !== "true";
    kept.set("names", show ? "shown" : "hidden");
    names(show);
  });
  only.addEventListener("change", () => {
    kept.set("only", String(only.checked));
    waiting();
  });
  names(kept.get("names") === "shown");
  only.checked = kept.get("only") === "true";
  waiting();
})();
