// Marks and comments of one submission: read, written as they change, and never lost on the way.
"use strict";
(function () {
  const facts = JSON.parse(document.getElementById("facts").textContent);
  const words = facts.words;
  const api = facts.base + "/formgrader/api/";
  const fields = [];
  let token = facts.xsrf;

  function element(tag, text, properties) {
    return Object.assign(document.createElement(tag), { textContent: text }, properties);
  }

  function number(value) {
    return value === null || value === undefined ? "" : String(Math.round(value * 1000) / 1000);
  }

  // ---- what is typed and not on the server yet outlives a reload, in this tab only
  const drafts = {
    name: (field) => "dalil-marking:" + facts.submission + ":" + field.kind + ":" + field.name,
    keep(field) {
      try {
        sessionStorage.setItem(this.name(field), JSON.stringify(field.typed()));
      } catch (error) {
        /* storage may be forbidden: the browser still asks before the page is left */
      }
    },
    drop(field) {
      try {
        sessionStorage.removeItem(this.name(field));
      } catch (error) {
        /* as above */
      }
    },
    find(field) {
      try {
        return JSON.parse(sessionStorage.getItem(this.name(field)));
      } catch (error) {
        return null;
      }
    },
  };

  class Field {
    constructor(kind, name, box, status) {
      Object.assign(this, { kind, name, box, status, model: null });
      Object.assign(this, { busy: false, again: false, wait: 0, timer: 0, failed: false });
      fields.push(this);
    }

    get unsaved() {
      return this.model !== null && (this.busy || this.failed || !this.same());
    }

    same() {
      return JSON.stringify(this.typed()) === JSON.stringify(this.kept());
    }

    say(text, kind, ...actions) {
      this.status.replaceChildren(document.createTextNode(text));
      this.status.dataset.kind = kind || "";
      for (const [label, act] of actions) {
        const button = element("button", label, { type: "button" });
        button.addEventListener("click", act);
        this.status.append(" ", button);
      }
    }

    load(model) {
      const first = this.model === null;
      const untouched = first || this.same();
      this.model = model;
      if (untouched && !this.busy) this.show();
      for (const input of this.box.querySelectorAll("input, textarea, button")) {
        input.disabled = false;
      }
      const draft = first && drafts.find(this);
      if (draft && JSON.stringify(draft) !== JSON.stringify(this.kept())) {
        this.type(draft);
        this.say(words.restored, "warn", [words.again, () => this.save()]);
      }
    }

    edited() {
      drafts.keep(this);
      summary();
    }

    changed() {
      clearTimeout(this.timer);
      this.wait = 0;
      this.save();
    }

    async save(version) {
      if (this.model === null) return;
      clearTimeout(this.timer);
      if (this.busy) {
        this.again = true;
        return;
      }
      drafts.keep(this);
      this.busy = true;
      summary();
      this.say(words.saving, "");
      const sent = this.typed();
      let answer = null;
      try {
        const body = { ...sent, version: version || this.model.version };
        answer = await ask(api + this.kind + "/" + this.model.id, "PUT", JSON.stringify(body));
      } catch (error) {
        answer = { status: 0, body: {} };
      }
      this.busy = false;
      this.take(answer, sent);
      if (this.again) {
        this.again = false;
        if (!this.failed && !this.same()) this.save();
      }
      summary();
    }

    take(answer, sent) {
      const { status, body } = answer;
      this.failed = status !== 200;
      if (status === 200) {
        const typedMore = JSON.stringify(this.typed()) !== JSON.stringify(sent);
        this.model = body;
        if (typedMore) {
          this.again = true;
          return;
        }
        drafts.drop(this);
        this.show();
        this.say(words.saved, "good");
      } else if (status === 409) {
        const theirs = body.current;
        this.say(
          words.outdated + " " + this.text(theirs),
          "bad",
          [words.keep_mine, () => this.save(theirs.version)],
          [words.take_theirs, () => this.discard(theirs)],
        );
      } else if (status === 401 || status === 403) {
        this.say(words.logged_out, "bad", [words.again, () => this.save()]);
      } else if (status >= 400 && status < 500) {
        this.say(body.error || String(status), "bad");
      } else {
        this.wait = Math.min(30, this.wait * 2 || 2);
        this.say(body.error || words.offline, "bad", [words.again, () => this.save()]);
        this.timer = setTimeout(() => this.save(), this.wait * 1000);
      }
    }

    discard(model) {
      this.model = model;
      this.failed = false;
      drafts.drop(this);
      this.show();
      this.say("", "");
      summary();
    }
  }

  class Mark extends Field {
    constructor(task) {
      const box = task.querySelector(".mark");
      super("grade", task.dataset.grade, box, box.querySelector(".status"));
      this.points = box.querySelector(".points");
      this.extra = box.querySelector(".extra");
      for (const input of [this.points, this.extra]) {
        input.addEventListener("change", () => this.changed());
        input.addEventListener("input", () => this.edited());
      }
      this.confirm = box.querySelector(".confirm");
      this.confirm.addEventListener("click", () => this.save());
      box.querySelector(".all").addEventListener("click", () => this.set(this.model.max_score));
      box.querySelector(".nothing").addEventListener("click", () => this.set(0));
    }

    set(points) {
      this.points.value = number(points);
      this.changed();
    }

    typed() {
      return { manual_score: this.points.value, extra_credit: this.extra.value };
    }

    kept() {
      const { manual_score, extra_credit } = this.model;
      return { manual_score: number(manual_score), extra_credit: number(extra_credit) };
    }

    type(draft) {
      this.points.value = draft.manual_score;
      this.extra.value = draft.extra_credit;
    }

    text(model) {
      const extra = model.extra_credit ? " + " + number(model.extra_credit) : "";
      return "\u2066" + (number(model.manual_score) || words.empty_mark) + extra + "\u2069";
    }

    show() {
      const model = this.model;
      this.type(this.kept());
      this.points.placeholder = number(model.auto_score);
      const machine = this.box.querySelector(".machine");
      machine.hidden = model.auto_score === null;
      machine.querySelector(".auto").textContent =
        number(model.auto_score) + " / " + number(model.max_score);
      const again = model.needs_manual_grade && model.manual_score !== null;
      this.confirm.hidden = !again;
      this.box.dataset.waits = model.needs_manual_grade;
      if (again) this.say(words.marked_again, "warn");
      else if (model.needs_manual_grade) this.say(words.waiting, "warn");
      else this.say("", "");
    }
  }

  class Remark extends Field {
    constructor(box) {
      super("comment", box.dataset.comment, box, box.querySelector(".status"));
      this.area = box.querySelector("textarea");
      this.area.addEventListener("change", () => this.changed());
      this.area.addEventListener("input", () => {
        this.edited();
        this.grow();
      });
    }

    typed() {
      return { manual_comment: this.area.value };
    }

    kept() {
      return { manual_comment: this.model.manual_comment || "" };
    }

    type(draft) {
      this.area.value = draft.manual_comment;
      this.grow();
    }

    text(model) {
      return "\u2068" + (model.manual_comment || "–") + "\u2069";
    }

    show() {
      this.type(this.kept());
      this.area.placeholder = this.model.auto_comment || "";
      this.say("", "");
    }

    grow() {
      this.area.style.height = "auto";
      this.area.style.height = this.area.scrollHeight + 2 + "px";
    }
  }

  // The hub wants the token with every request that is no navigation, reading ones too.
  async function ask(url, method, body) {
    const send = () =>
      fetch(url, {
        method,
        body,
        redirect: "manual",
        cache: "no-store",
        headers: { "Content-Type": "application/json", "X-XSRFToken": token },
      });
    let response = await send();
    if (response.status === 403 || response.type === "opaqueredirect") {
      const cookie = document.cookie.match(/(?:^|; )_xsrf=([^;]*)/);
      if (cookie && cookie[1] !== token) {
        token = cookie[1];
        response = await send();
      }
    }
    if (response.type === "opaqueredirect") return { status: 401, body: {} };
    const text = await response.text();
    try {
      return { status: response.status, body: JSON.parse(text) };
    } catch (error) {
      // a page to log in, where marks were asked for
      return { status: response.status === 200 ? 401 : response.status, body: {} };
    }
  }

  async function load() {
    const all = document.getElementById("all");
    const query = "?submission_id=" + encodeURIComponent(facts.submission);
    let found = [];
    try {
      found = await Promise.all(["grades", "comments"].map((kind) => ask(api + kind + query, "GET")));
    } catch (error) {
      found = [{ status: 0 }];
    }
    if (found.some((answer) => answer.status !== 200)) {
      const out = found.some((answer) => [401, 403].includes(answer.status));
      all.textContent = out ? words.logged_out : words.offline;
      if (!out) setTimeout(load, 3000);
      return;
    }
    all.textContent = "";
    for (const field of fields) {
      const models = found[field.kind === "grade" ? 0 : 1].body;
      const model = models.find((one) => one.name === field.name);
      if (model && !field.busy && !field.failed) field.load(model);
    }
    if (!document.body.dataset.loaded && !location.hash) toFirst();
    document.body.dataset.loaded = "true";
    summary();
  }

  // What waits for a mark is where one begins.
  function toFirst() {
    const first = fields.find((f) => f.kind === "grade" && f.model && f.model.needs_manual_grade);
    if (first === undefined) return;
    first.box.closest(".task").scrollIntoView();
    first.points.focus({ preventScroll: true });
  }

  function summary() {
    const waiting = fields.filter((f) => f.kind === "grade" && f.model && f.model.needs_manual_grade);
    document.body.dataset.waiting = waiting.length;
    document.body.dataset.unsaved = fields.some((field) => field.unsaved);
  }

  // ---- names stay hidden until the marker asks, as in nbgrader's lists
  function names() {
    const button = document.getElementById("names");
    const key = "dalil-marking:names";
    const shown = () => {
      try {
        return localStorage.getItem(key) === "shown";
      } catch (error) {
        return button.getAttribute("aria-pressed") === "true";
      }
    };
    const set = (show) => {
      button.setAttribute("aria-pressed", String(show));
      button.textContent = show ? words.hide_name : words.show_name;
      document.getElementById("who").hidden = !show;
    };
    button.addEventListener("click", () => {
      const show = button.getAttribute("aria-pressed") !== "true";
      try {
        localStorage.setItem(key, show ? "shown" : "hidden");
      } catch (error) {
        /* storage may be forbidden: then it is for this page alone */
      }
      set(show);
    });
    set(shown());
  }

  // ---- leaving: first what is typed is saved
  async function go(event) {
    const link = event.currentTarget;
    if (!fields.some((field) => field.unsaved)) return;
    event.preventDefault();
    for (const field of fields) if (field.unsaved && !field.busy) field.save();
    const deadline = Date.now() + 10000;
    while (fields.some((field) => field.busy || field.again) && Date.now() < deadline) {
      await new Promise((done) => setTimeout(done, 50));
    }
    const left = fields.find((field) => field.unsaved);
    if (left) {
      document.getElementById("all").textContent = words.unsaved;
      left.box.scrollIntoView({ block: "center" });
    } else {
      window.location.assign(link.href);
    }
  }

  for (const task of document.querySelectorAll(".task")) new Mark(task);
  for (const box of document.querySelectorAll("[data-comment]")) new Remark(box);
  names();
  load();
  for (const id of ["previous", "next"]) {
    document.getElementById(id).addEventListener("click", go);
  }
  document.addEventListener("keydown", (event) => {
    if (!event.ctrlKey || (event.key !== "." && event.key !== ",")) return;
    event.preventDefault();
    document.activeElement.blur();
    document.getElementById(event.key === "." ? "next" : "previous").click();
  });
  window.addEventListener("beforeunload", (event) => {
    if (fields.some((field) => field.unsaved)) event.preventDefault();
  });
  window.addEventListener("pageshow", (event) => event.persisted && load());
  window.addEventListener("focus", () => document.body.dataset.loaded && load());
})();
