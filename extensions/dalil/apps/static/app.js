"use strict";
// Watches over an app's page: its skeleton goes when the widgets are there, and what happens to
// the connection or the kernel is said in words. Voila's front end, loaded last, does the rest.
(() => {
  const SLOW = 20000; // ms
  const say = (what) => {
    const notice = document.getElementById("dalil-notice");
    for (const line of notice.children) line.hidden = line.dataset.say !== what;
    notice.hidden = !what;
  };
  let over = false; // the kernel is gone, or the session
  const finish = (what) => {
    over = true;
    say(what);
    document.getElementById("rendered_cells").inert = true;
    document.querySelector("#dalil-notice p:not([hidden]) a").focus();
  };

  // Voila calls these of its own template's.
  window.voila_finish = window.display_cells = window.voila_heartbeat = () => {};

  // ipywidgets gives sliders no name, the values beside them no role, and labels a title "null".
  const name = (app) => {
    for (const label of app.querySelectorAll(".widget-label[title=null]")) label.removeAttribute("title");
    for (const slider of app.querySelectorAll(".widget-slider:not([data-named])")) {
      slider.dataset.named = "";
      // A slider of no name of its own is another way to set the value before it in its row.
      const row = slider.closest(".widget-box") ?? slider;
      const text = (part) => part.querySelector(".widget-label").textContent.replace("\u200b", "").trim();
      const label = text(slider) || text(row);
      for (const part of slider.querySelectorAll("[role=slider], .widget-readout")) {
        part.setAttribute("aria-label", label);
        if (part.matches(".widget-readout")) part.setAttribute("role", "textbox");
      }
    }
  };

  document.addEventListener("DOMContentLoaded", () => {
    const app = document.getElementById("rendered_cells");
    new MutationObserver(() => name(app)).observe(app, { childList: true, subtree: true });
    if (app.getAttribute("aria-busy") !== "true") return;
    const late = setTimeout(() => over || say("slow"), SLOW);
    const seen = new MutationObserver(() => {
      if (!app.querySelector(".jupyter-widgets")) return;
      seen.disconnect();
      clearTimeout(late);
      if (!over) say("");
      app.setAttribute("aria-busy", "false");
      for (const skeleton of app.querySelectorAll(".dalil-skeleton")) skeleton.remove();
    });
    seen.observe(app, { childList: true, subtree: true });
  });

  // Why a connection ended: the kernel is gone, nobody is logged in any more, or the network.
  const ask = async (address) => {
    const token = /\b_xsrf=([^;]*)/.exec(document.cookie);
    const headers = token ? { "X-XSRFToken": token[1] } : {};
    try {
      const answer = await fetch(address, { headers, redirect: "manual", cache: "no-store" });
      return answer.ok ? "lost" : { 403: "out", 404: "ended" }[answer.status] || "lost";
    } catch {
      return "lost";
    }
  };

  let leaving = false;
  addEventListener("beforeunload", () => (leaving = true));
  addEventListener("pageshow", (event) => event.persisted && location.reload());

  const Plain = window.WebSocket;
  window.WebSocket = class extends Plain {
    constructor(address, protocols) {
      super(address, protocols);
      const kernel = /^(.*\/api\/kernels\/[0-9a-f-]+)\/channels/.exec(new URL(address, location).pathname);
      if (!kernel) return;
      this.addEventListener("open", () => over || say(""));
      this.addEventListener("close", async () => {
        if (leaving || over) return;
        const why = await ask(kernel[1]);
        if (leaving || over) return;
        if (why === "lost") say(why);
        else finish(why);
      });
    }
  };
})();
