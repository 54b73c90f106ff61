// Read by MathJax as it starts: only what the server put between its own marks is typeset.
"use strict";
window.MathJax = {
  showMathMenu: false,
  messageStyle: "none",
  menuSettings: { zoom: "None", semantics: false, inTabOrder: false },
  tex2jax: {
    inlineMath: [["\\(", "\\)"]],
    displayMath: [["\\[", "\\]"]],
    processEscapes: false,
    processEnvironments: false,
    ignoreClass: ".*|",
    processClass: "math",
  },
  "HTML-CSS": { availableFonts: [], preferredFont: null, webFont: "STIX-Web", imageFont: null },
};
