// What nbgrader's lists lack: a language, names where none are known, directions, the keyboard.
"use strict";
(function () {
  document.documentElement.lang = "en";

  // "None, None" is nobody's name: without one, a trainee goes by the id.
  function nameOf(model) {
    const names = [model.get("last_name"), model.get("first_name")].filter(Boolean);
    return names.length ? names.join(", ") : model.get("student") || model.get("id");
  }

  function named(view, cell, order) {
    if (view === undefined) return;
    const render = view.prototype.render;
    view.prototype.render = function () {
      render.apply(this, arguments);
      if (cell === "$name" && view === window.SubmittedNotebookUI && !this.$reveal) return this;
      const name = nameOf(this.model);
      const shown = this[cell].children("a:not(.name-hidden), span:not(.name-hidden)");
      (shown.length ? shown : this[cell]).text(name).attr("dir", "auto");
      if (order) this[cell].attr("data-order", name);
      this.$el.find(".glyphicon[class*=name-]").each(reachable);
      return this;
    };
  }

  // An eye to click on becomes a button for the keyboard and for screen readers.
  function reachable() {
    const label = this.classList.contains("name-hidden") ? "Show the name" : "Hide the name";
    $(this)
      .attr({ role: "button", tabindex: 0, "aria-label": label })
      .removeAttr("aria-hidden")
      .on("keydown", function (event) {
        if (event.key === "Enter" || event.key === " ") {
          event.preventDefault();
          $(this).click();
        }
      });
  }

  named(window.SubmittedNotebookUI, "$name", false);
  named(window.StudentUI, "$name", true);
  named(window.SubmissionUI, "$student_name", true);
})();
