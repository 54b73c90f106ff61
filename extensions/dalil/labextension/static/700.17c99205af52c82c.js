"use strict";(self.rspackChunk_dalil_labextension=self.rspackChunk_dalil_labextension||[]).push([[700],{"./node_modules/css-loader/dist/cjs.js!./style/direction.css"(e,t,i){var o=i("./node_modules/css-loader/dist/runtime/noSourceMaps.js"),n=i.n(o),l=i("./node_modules/css-loader/dist/runtime/api.js"),r=(i.n(l))()(n());r.push([e.id,`/*
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
`,""]),i.d(t,{},{A:r})},"./node_modules/css-loader/dist/cjs.js!./style/index.css"(e,t,i){var o=i("./node_modules/css-loader/dist/runtime/noSourceMaps.js"),n=i.n(o),l=i("./node_modules/css-loader/dist/runtime/api.js"),r=i.n(l),a=i("./node_modules/css-loader/dist/cjs.js!./style/panel.css"),s=i("./node_modules/css-loader/dist/cjs.js!./style/direction.css"),d=i("./node_modules/css-loader/dist/cjs.js!./style/instructor.css"),p=r()(n());p.i(a.A),p.i(s.A),p.i(d.A),p.push([e.id,`
`,""]),i.d(t,{},{A:p})},"./node_modules/css-loader/dist/cjs.js!./style/instructor.css"(e,t,i){var o=i("./node_modules/css-loader/dist/runtime/noSourceMaps.js"),n=i.n(o),l=i("./node_modules/css-loader/dist/runtime/api.js"),r=(i.n(l))()(n());r.push([e.id,`/* The instructor's panel, and findings beside the cells that they concern. */

/* What the contract says, in English, within a panel in any language. */
:is(.dalil-Finding, .dalil-CellFindings) span[lang='en'] {
  display: block;
  text-align: left;
  overflow-wrap: anywhere;
}

.dalil-English {
  unicode-bidi: isolate;
}

.dalil-Finding {
  margin-block: 6px;
  padding-inline-start: 8px;
  border-inline-start: 3px solid var(--jp-border-color1);
}

.dalil-Finding.dalil-mod-error {
  border-inline-start-color: var(--jp-error-color1);
}

.dalil-Finding.dalil-mod-warning {
  border-inline-start-color: var(--jp-warn-color1);
}

button.dalil-Link {
  padding: 2px 0;
  border: 0;
  background: none;
  font: inherit;
  text-align: start;
  overflow-wrap: anywhere;
  cursor: pointer;
}

.dalil-Panel progress {
  flex: 1 1 120px;
  min-block-size: 16px;
  align-self: center;
}

.dalil-Card-title {
  font-weight: 600;
}

.dalil-CellFindings {
  margin-block: 4px;
  margin-inline: 72px 8px;
  padding: 4px 10px;
  border: 1px solid var(--jp-error-color1);
  border-inline-start-width: 4px;
  border-radius: 2px;
  background: var(--jp-layout-color1);
  color: var(--jp-ui-font-color1);
  font-family: var(--jp-ui-font-family);
  font-size: var(--jp-ui-font-size1);
  line-height: 1.5;
}

.dalil-CellFindings ul {
  margin: 0;
  padding: 0;
  list-style: none;
}

.dalil-Form {
  display: grid;
  gap: 10px;
  min-inline-size: 300px;
}

.dalil-Form label {
  display: grid;
  gap: 4px;
}

.dalil-Form :is(input, select) {
  min-block-size: 28px;
}

.dalil-Buttons + .dalil-Cards {
  margin-block-start: 10px;
}
`,""]),i.d(t,{},{A:r})},"./node_modules/css-loader/dist/cjs.js!./style/panel.css"(e,t,i){var o=i("./node_modules/css-loader/dist/runtime/noSourceMaps.js"),n=i.n(o),l=i("./node_modules/css-loader/dist/runtime/api.js"),r=(i.n(l))()(n());r.push([e.id,`/* Panels of the academy: Lab's own colours, dark and light; targets of 24 px and more. */

.dalil-Live {
  position: fixed;
  inline-size: 1px;
  block-size: 1px;
  overflow: hidden;
  clip-path: inset(50%);
}

.dalil-Panel {
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
`,""]),i.d(t,{},{A:r})},"./node_modules/css-loader/dist/runtime/api.js"(e){e.exports=function(e){var t=[];return t.toString=function(){return this.map(function(t){var i="",o=void 0!==t[5];return t[4]&&(i+="@supports (".concat(t[4],") {")),t[2]&&(i+="@media ".concat(t[2]," {")),o&&(i+="@layer".concat(t[5].length>0?" ".concat(t[5]):""," {")),i+=e(t),o&&(i+="}"),t[2]&&(i+="}"),t[4]&&(i+="}"),i}).join("")},t.i=function(e,i,o,n,l){"string"==typeof e&&(e=[[null,e,void 0]]);var r={};if(o)for(var a=0;a<this.length;a++){var s=this[a][0];null!=s&&(r[s]=!0)}for(var d=0;d<e.length;d++){var p=[].concat(e[d]);o&&r[p[0]]||(void 0!==l&&(void 0===p[5]||(p[1]="@layer".concat(p[5].length>0?" ".concat(p[5]):""," {").concat(p[1],"}")),p[5]=l),i&&(p[2]&&(p[1]="@media ".concat(p[2]," {").concat(p[1],"}")),p[2]=i),n&&(p[4]?(p[1]="@supports (".concat(p[4],") {").concat(p[1],"}"),p[4]=n):p[4]="".concat(n)),t.push(p))}},t}},"./node_modules/css-loader/dist/runtime/noSourceMaps.js"(e){e.exports=function(e){return e[1]}},"./node_modules/style-loader/dist/runtime/injectStylesIntoStyleTag.js"(e){var t=[];function i(e){for(var i=-1,o=0;o<t.length;o++)if(t[o].identifier===e){i=o;break}return i}function o(e,o){for(var n={},l=[],r=0;r<e.length;r++){var a=e[r],s=o.base?a[0]+o.base:a[0],d=n[s]||0,p="".concat(s," ").concat(d);n[s]=d+1;var c=i(p),u={css:a[1],media:a[2],sourceMap:a[3],supports:a[4],layer:a[5]};if(-1!==c)t[c].references++,t[c].updater(u);else{var m=function(e,t){var i=t.domAPI(t);return i.update(e),function(t){t?(t.css!==e.css||t.media!==e.media||t.sourceMap!==e.sourceMap||t.supports!==e.supports||t.layer!==e.layer)&&i.update(e=t):i.remove()}}(u,o);o.byIndex=r,t.splice(r,0,{identifier:p,updater:m,references:1})}l.push(p)}return l}e.exports=function(e,n){var l=o(e=e||[],n=n||{});return function(e){e=e||[];for(var r=0;r<l.length;r++){var a=i(l[r]);t[a].references--}for(var s=o(e,n),d=0;d<l.length;d++){var p=i(l[d]);0===t[p].references&&(t[p].updater(),t.splice(p,1))}l=s}}},"./node_modules/style-loader/dist/runtime/insertBySelector.js"(e){var t={};e.exports=function(e,i){var o=function(e){if(void 0===t[e]){var i=document.querySelector(e);if(window.HTMLIFrameElement&&i instanceof window.HTMLIFrameElement)try{i=i.contentDocument.head}catch(e){i=null}t[e]=i}return t[e]}(e);if(!o)throw Error("Couldn't find a style target. This probably means that the value for the 'insert' parameter is invalid.");o.appendChild(i)}},"./node_modules/style-loader/dist/runtime/insertStyleElement.js"(e){e.exports=function(e){var t=document.createElement("style");return e.setAttributes(t,e.attributes),e.insert(t,e.options),t}},"./node_modules/style-loader/dist/runtime/setAttributesWithoutAttributes.js"(e,t,i){e.exports=function(e){var t=i.nc;t&&e.setAttribute("nonce",t)}},"./node_modules/style-loader/dist/runtime/styleDomAPI.js"(e){e.exports=function(e){if("u"<typeof document)return{update:function(){},remove:function(){}};var t=e.insertStyleElement(e);return{update:function(i){var o,n,l;o="",i.supports&&(o+="@supports (".concat(i.supports,") {")),i.media&&(o+="@media ".concat(i.media," {")),(n=void 0!==i.layer)&&(o+="@layer".concat(i.layer.length>0?" ".concat(i.layer):""," {")),o+=i.css,n&&(o+="}"),i.media&&(o+="}"),i.supports&&(o+="}"),(l=i.sourceMap)&&"u">typeof btoa&&(o+="\n/*# sourceMappingURL=data:application/json;base64,".concat(btoa(unescape(encodeURIComponent(JSON.stringify(l))))," */")),e.styleTagTransform(o,t,e.options)},remove:function(){var e;null===(e=t).parentNode||e.parentNode.removeChild(e)}}}},"./node_modules/style-loader/dist/runtime/styleTagTransform.js"(e){e.exports=function(e,t){if(t.styleSheet)t.styleSheet.cssText=e;else{for(;t.firstChild;)t.removeChild(t.firstChild);t.appendChild(document.createTextNode(e))}}},"./style/index.js"(e,t,i){var o=i("./node_modules/style-loader/dist/runtime/injectStylesIntoStyleTag.js"),n=i.n(o),l=i("./node_modules/style-loader/dist/runtime/styleDomAPI.js"),r=i.n(l),a=i("./node_modules/style-loader/dist/runtime/insertBySelector.js"),s=i.n(a),d=i("./node_modules/style-loader/dist/runtime/setAttributesWithoutAttributes.js"),p=i.n(d),c=i("./node_modules/style-loader/dist/runtime/insertStyleElement.js"),u=i.n(c),m=i("./node_modules/style-loader/dist/runtime/styleTagTransform.js"),f=i.n(m),x=i("./node_modules/css-loader/dist/cjs.js!./style/index.css"),h={};h.styleTagTransform=f(),h.setAttributes=p(),h.insert=s().bind(null,"head"),h.domAPI=r(),h.insertStyleElement=u(),n()(x.A,h),x.A&&x.A.locals&&x.A.locals}}]);