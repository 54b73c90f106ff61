"use strict";(self.rspackChunk_dalil_labextension=self.rspackChunk_dalil_labextension||[]).push([[700],{"./node_modules/css-loader/dist/cjs.js!./style/direction.css"(e,t,o){var i=o("./node_modules/css-loader/dist/runtime/noSourceMaps.js"),n=o.n(i),r=o("./node_modules/css-loader/dist/runtime/api.js"),l=(o.n(r))()(n());l.push([e.id,`/*
 * Text follows its own direction: blocks of rendered Markdown carry dir=auto (direction/blocks.ts),
 * lines of editors too (direction/editors.ts). Lab's own sheets say "left" in many places.
 */

.jp-RenderedHTMLCommon :is(p, h1, h2, h3, h4, h5, h6, ul, ol, li, dl, dt, dd, blockquote) {
  text-align: start;
}

.jp-RenderedHTMLCommon[data-mime-type='text/markdown'] :is(th, td) {
  text-align: start;
}

.jp-RenderedHTMLCommon :is(ul, ol) {
  padding-inline: 2em 0;
}

.jp-RenderedHTMLCommon table[dir='auto'] {
  margin-inline: 0 auto;
}

.jp-RenderedHTMLCommon blockquote {
  padding-inline: 1em 0;
  border-inline-start: 5px solid var(--jp-border-color2, #e0e0e0);
  border-inline-end: 0;
}

/* Code, formulas, digests and machine-readable zones stay as they are, within any prose. */
.jp-RenderedHTMLCommon :is(pre, code, kbd, samp, mjx-container, .MathJax, .jp-mod-ltr) {
  direction: ltr;
  unicode-bidi: isolate;
}

.jp-RenderedHTMLCommon pre {
  text-align: left;
}

/* What a program prints: each line by its own first letter, columns of figures from the left. */
.jp-RenderedText pre {
  text-align: start;
  unicode-bidi: plaintext;
}

/* What a person, or the academy's translation, has set for one cell. */
.jp-MarkdownCell[data-dalil-direction='rtl']
  .jp-RenderedHTMLCommon
  :is(p, h1, h2, h3, h4, h5, h6, ul, ol, dl, table, blockquote, details),
.jp-MarkdownCell[data-dalil-direction='rtl'] .cm-line.dalil-mod-mixed {
  direction: rtl;
}

.jp-MarkdownCell[data-dalil-direction='ltr']
  .jp-RenderedHTMLCommon
  :is(p, h1, h2, h3, h4, h5, h6, ul, ol, dl, table, blockquote, details),
.jp-MarkdownCell[data-dalil-direction='ltr'] .cm-line {
  direction: ltr;
}

.jp-MarkdownCell .cm-line {
  text-align: start;
}

/* Lab itself, laid out from right to left (direction/mirror.ts): code and what it prints is not. */
body[dir='rtl'] :is(.jp-CodeCell .cm-editor, .jp-OutputArea-output, .jp-FileEditor, .jp-Terminal),
body[dir='rtl'] .jp-CodeConsole .cm-editor {
  direction: ltr;
}

body[dir='rtl'] .jp-InputPrompt,
body[dir='rtl'] .jp-OutputPrompt {
  direction: ltr;
  text-align: left;
}

body[dir='rtl'] :is(.lm-Menu-itemLabel, .jp-DirListing-itemText, .lm-CommandPalette-itemContent) {
  text-align: right;
}

body[dir='rtl'] .jp-DirListing-itemText {
  unicode-bidi: plaintext;
}

/* Notices stand where they cover no side bar that is in use, and run as the page does. */
body[dir='rtl'] .Toastify__toast-container {
  inset-inline: auto 1em;
}

.Toastify__toast :is(div, p) {
  text-align: start;
  unicode-bidi: plaintext;
}

body[dir='rtl'] .jp-cell-toolbar {
  inset-inline: auto 8px;
}
`,""]),o.d(t,{},{A:l})},"./node_modules/css-loader/dist/cjs.js!./style/index.css"(e,t,o){var i=o("./node_modules/css-loader/dist/runtime/noSourceMaps.js"),n=o.n(i),r=o("./node_modules/css-loader/dist/runtime/api.js"),l=o.n(r),a=o("./node_modules/css-loader/dist/cjs.js!./style/panel.css"),s=o("./node_modules/css-loader/dist/cjs.js!./style/direction.css"),d=l()(n());d.i(a.A),d.i(s.A),d.push([e.id,`
`,""]),o.d(t,{},{A:d})},"./node_modules/css-loader/dist/cjs.js!./style/panel.css"(e,t,o){var i=o("./node_modules/css-loader/dist/runtime/noSourceMaps.js"),n=o.n(i),r=o("./node_modules/css-loader/dist/runtime/api.js"),l=(o.n(r))()(n());l.push([e.id,`/* Panels of the academy: Lab's own colours, dark and light; targets of 24 px and more. */

.dalil-Live {
  position: fixed;
  inline-size: 1px;
  block-size: 1px;
  overflow: hidden;
  clip-path: inset(50%);
}

.dalil-Panel {
  min-width: 300px; /* Lumino reads this one, not min-inline-size */
  overflow-y: auto;
  background: var(--jp-layout-color1);
  color: var(--jp-ui-font-color1);
  font-family: var(--jp-ui-font-family);
  font-size: var(--jp-ui-font-size1);
  line-height: 1.5;
}

.dalil-Panel-inner {
  padding: 8px 12px 24px;
}

.dalil-Panel :is(h2, h3, h4, h5, h6) {
  margin: 0;
  font-weight: 600;
  line-height: 1.35;
}

.dalil-Panel h2 {
  flex: 1 1 auto;
  font-size: var(--jp-ui-font-size2);
}

.dalil-Panel h3 {
  margin-block: 16px 6px;
  font-size: var(--jp-ui-font-size1);
}

.dalil-Panel :is(h4, h5, h6) {
  font-size: var(--jp-ui-font-size1);
}

.dalil-Panel h5 {
  margin-block-end: 4px;
}

.dalil-Panel h6 {
  margin-block: 8px 2px;
}

.dalil-Panel p {
  margin: 4px 0;
}

.dalil-Panel ul,
.dalil-Panel ol {
  margin: 0;
  padding: 0;
  list-style: none;
}

.dalil-Header {
  display: flex;
  flex-wrap: wrap;
  gap: 8px;
  align-items: center;
}

.dalil-Languages {
  display: flex;
  gap: 6px;
  align-items: center;
}

.dalil-Panel select {
  min-block-size: 28px;
  padding-inline: 6px;
  border: 1px solid var(--jp-ui-font-color2);
  border-radius: 3px;
  background: var(--jp-layout-color1);
  color: var(--jp-ui-font-color1);
  font: inherit;
}

.dalil-Card {
  margin-block-end: 10px;
  padding: 10px 12px;
  border: 1px solid var(--jp-border-color1);
  border-radius: 4px;
  background: var(--jp-layout-color1);
}

.dalil-Facts {
  display: flex;
  flex-wrap: wrap;
  gap: 2px 12px;
}

.dalil-State {
  padding-inline: 6px;
  border: 1px solid var(--jp-ui-font-color2);
  border-radius: 3px;
  font-weight: 600;
}

.dalil-Small {
  color: var(--jp-ui-font-color1);
  font-size: var(--jp-ui-font-size0);
}

.dalil-Code {
  font-family: var(--jp-code-font-family);
}

.dalil-Digest {
  display: block;
  overflow-wrap: anywhere;
  background: none;
  color: inherit;
  font-family: var(--jp-code-font-family);
  font-size: var(--jp-code-font-size);
  text-align: left;
}

.dalil-Buttons {
  display: flex;
  flex-wrap: wrap;
  gap: 6px;
  margin-block-start: 8px;
}

.dalil-Button {
  min-inline-size: 28px;
  min-block-size: 28px;
  padding: 3px 10px;
  border: 1px solid var(--jp-ui-font-color2);
  border-radius: 3px;
  background: var(--jp-layout-color1);
  color: var(--jp-ui-font-color1);
  font: inherit;
  cursor: pointer;
}

.dalil-Button:hover {
  background: var(--jp-layout-color2);
}

.dalil-Button.dalil-mod-main {
  border-width: 2px;
  font-weight: 600;
}

.dalil-Button[aria-disabled='true'] {
  cursor: progress;
}

.dalil-Button[aria-busy='true']::after {
  content: ' …';
}

.dalil-Panel :is(button, select, a, input, textarea):focus-visible {
  outline: 2px solid var(--jp-ui-font-color1);
  outline-offset: 2px;
}

.dalil-Link {
  display: inline-block;
  min-block-size: 24px;
  color: var(--jp-content-link-color);
  text-decoration: underline;
}

.dalil-Trouble {
  padding: 6px 10px;
  border: 2px solid var(--jp-error-color1);
  border-radius: 4px;
}

.dalil-Detail {
  margin-block-start: 10px;
  padding-block-start: 8px;
  border-block-start: 1px solid var(--jp-border-color1);
}

.dalil-Score {
  font-size: var(--jp-ui-font-size2);
  font-weight: 600;
}

.dalil-Questions > li,
.dalil-Exhibits > li,
.dalil-Events > li {
  margin-block: 6px;
}

.dalil-Question {
  display: flex;
  flex-wrap: wrap;
  gap: 2px 12px;
}

.dalil-List {
  margin: 0;
}

.dalil-List dt {
  font-weight: 600;
}

.dalil-List dd {
  margin: 0 0 4px;
}
`,""]),o.d(t,{},{A:l})},"./node_modules/css-loader/dist/runtime/api.js"(e){e.exports=function(e){var t=[];return t.toString=function(){return this.map(function(t){var o="",i=void 0!==t[5];return t[4]&&(o+="@supports (".concat(t[4],") {")),t[2]&&(o+="@media ".concat(t[2]," {")),i&&(o+="@layer".concat(t[5].length>0?" ".concat(t[5]):""," {")),o+=e(t),i&&(o+="}"),t[2]&&(o+="}"),t[4]&&(o+="}"),o}).join("")},t.i=function(e,o,i,n,r){"string"==typeof e&&(e=[[null,e,void 0]]);var l={};if(i)for(var a=0;a<this.length;a++){var s=this[a][0];null!=s&&(l[s]=!0)}for(var d=0;d<e.length;d++){var p=[].concat(e[d]);i&&l[p[0]]||(void 0!==r&&(void 0===p[5]||(p[1]="@layer".concat(p[5].length>0?" ".concat(p[5]):""," {").concat(p[1],"}")),p[5]=r),o&&(p[2]&&(p[1]="@media ".concat(p[2]," {").concat(p[1],"}")),p[2]=o),n&&(p[4]?(p[1]="@supports (".concat(p[4],") {").concat(p[1],"}"),p[4]=n):p[4]="".concat(n)),t.push(p))}},t}},"./node_modules/css-loader/dist/runtime/noSourceMaps.js"(e){e.exports=function(e){return e[1]}},"./node_modules/style-loader/dist/runtime/injectStylesIntoStyleTag.js"(e){var t=[];function o(e){for(var o=-1,i=0;i<t.length;i++)if(t[i].identifier===e){o=i;break}return o}function i(e,i){for(var n={},r=[],l=0;l<e.length;l++){var a=e[l],s=i.base?a[0]+i.base:a[0],d=n[s]||0,p="".concat(s," ").concat(d);n[s]=d+1;var c=o(p),u={css:a[1],media:a[2],sourceMap:a[3],supports:a[4],layer:a[5]};if(-1!==c)t[c].references++,t[c].updater(u);else{var m=function(e,t){var o=t.domAPI(t);return o.update(e),function(t){t?(t.css!==e.css||t.media!==e.media||t.sourceMap!==e.sourceMap||t.supports!==e.supports||t.layer!==e.layer)&&o.update(e=t):o.remove()}}(u,i);i.byIndex=l,t.splice(l,0,{identifier:p,updater:m,references:1})}r.push(p)}return r}e.exports=function(e,n){var r=i(e=e||[],n=n||{});return function(e){e=e||[];for(var l=0;l<r.length;l++){var a=o(r[l]);t[a].references--}for(var s=i(e,n),d=0;d<r.length;d++){var p=o(r[d]);0===t[p].references&&(t[p].updater(),t.splice(p,1))}r=s}}},"./node_modules/style-loader/dist/runtime/insertBySelector.js"(e){var t={};e.exports=function(e,o){var i=function(e){if(void 0===t[e]){var o=document.querySelector(e);if(window.HTMLIFrameElement&&o instanceof window.HTMLIFrameElement)try{o=o.contentDocument.head}catch(e){o=null}t[e]=o}return t[e]}(e);if(!i)throw Error("Couldn't find a style target. This probably means that the value for the 'insert' parameter is invalid.");i.appendChild(o)}},"./node_modules/style-loader/dist/runtime/insertStyleElement.js"(e){e.exports=function(e){var t=document.createElement("style");return e.setAttributes(t,e.attributes),e.insert(t,e.options),t}},"./node_modules/style-loader/dist/runtime/setAttributesWithoutAttributes.js"(e,t,o){e.exports=function(e){var t=o.nc;t&&e.setAttribute("nonce",t)}},"./node_modules/style-loader/dist/runtime/styleDomAPI.js"(e){e.exports=function(e){if("u"<typeof document)return{update:function(){},remove:function(){}};var t=e.insertStyleElement(e);return{update:function(o){var i,n,r;i="",o.supports&&(i+="@supports (".concat(o.supports,") {")),o.media&&(i+="@media ".concat(o.media," {")),(n=void 0!==o.layer)&&(i+="@layer".concat(o.layer.length>0?" ".concat(o.layer):""," {")),i+=o.css,n&&(i+="}"),o.media&&(i+="}"),o.supports&&(i+="}"),(r=o.sourceMap)&&"u">typeof btoa&&(i+="\n/*# sourceMappingURL=data:application/json;base64,".concat(btoa(unescape(encodeURIComponent(JSON.stringify(r))))," */")),e.styleTagTransform(i,t,e.options)},remove:function(){var e;null===(e=t).parentNode||e.parentNode.removeChild(e)}}}},"./node_modules/style-loader/dist/runtime/styleTagTransform.js"(e){e.exports=function(e,t){if(t.styleSheet)t.styleSheet.cssText=e;else{for(;t.firstChild;)t.removeChild(t.firstChild);t.appendChild(document.createTextNode(e))}}},"./style/index.js"(e,t,o){var i=o("./node_modules/style-loader/dist/runtime/injectStylesIntoStyleTag.js"),n=o.n(i),r=o("./node_modules/style-loader/dist/runtime/styleDomAPI.js"),l=o.n(r),a=o("./node_modules/style-loader/dist/runtime/insertBySelector.js"),s=o.n(a),d=o("./node_modules/style-loader/dist/runtime/setAttributesWithoutAttributes.js"),p=o.n(d),c=o("./node_modules/style-loader/dist/runtime/insertStyleElement.js"),u=o.n(c),m=o("./node_modules/style-loader/dist/runtime/styleTagTransform.js"),f=o.n(m),h=o("./node_modules/css-loader/dist/cjs.js!./style/index.css"),x={};x.styleTagTransform=f(),x.setAttributes=p(),x.insert=s().bind(null,"head"),x.domAPI=l(),x.insertStyleElement=u(),n()(h.A,x),h.A&&h.A.locals&&h.A.locals}}]);