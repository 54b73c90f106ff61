/** Editors of Markdown: each line runs as its own words do, whatever mark-up stands before them. */
import { type Extension, RangeSetBuilder } from '@codemirror/state';
import { Decoration, type DecorationSet, EditorView, ViewPlugin } from '@codemirror/view';
import { EditorExtensionRegistry, type IEditorExtensionRegistry } from '@jupyterlab/codemirror';

const RIGHT_TO_LEFT = '\\p{Script=Arabic}\\p{Script=Hebrew}\\p{Script=Syriac}\\p{Script=Thaana}';
const ANY = new RegExp(`[${RIGHT_TO_LEFT}]`, 'u');
const FIRST = new RegExp(`^[^\\p{L}]*[${RIGHT_TO_LEFT}]`, 'u');
const MARKUP = /<[^>]*>|`[^`]*`|\$[^$]*\$|\]\([^)]*\)/g;

const LTR = Decoration.line({ attributes: { dir: 'ltr' } });
const RTL = Decoration.line({ attributes: { dir: 'rtl' }, class: 'dalil-mod-mixed' });
/** Begins from the left, and holds words that run the other way: a cell set to rtl turns it. */
const MIXED = Decoration.line({ attributes: { dir: 'ltr' }, class: 'dalil-mod-mixed' });

function kindOf(text: string): Decoration {
  const words = text.replace(MARKUP, ' ');
  return !ANY.test(words) ? LTR : FIRST.test(words) ? RTL : MIXED;
}

const lines = ViewPlugin.define(
  view => ({
    decorations: marked(view),
    update(update) {
      if (update.docChanged || update.viewportChanged) {
        this.decorations = marked(update.view);
      }
    }
  }),
  { decorations: value => value.decorations }
);

function marked(view: EditorView): DecorationSet {
  const builder = new RangeSetBuilder<Decoration>();
  for (const { from, to } of view.visibleRanges) {
    for (let at = from; at <= to; ) {
      const line = view.state.doc.lineAt(at);
      builder.add(line.from, line.from, kindOf(line.text));
      at = line.to + 1;
    }
  }
  return builder.finish();
}

const BY_LINE: Extension = [EditorView.perLineTextDirection.of(true), lines];

/** Give editors of Markdown lines that follow their text; editors of code stay as they are. */
export function followLines(registry: IEditorExtensionRegistry): void {
  registry.addExtension({
    name: 'dalil:direction',
    factory: ({ model }) =>
      model.mimeType === 'text/x-ipythongfm' || model.mimeType === 'text/x-markdown'
        ? EditorExtensionRegistry.createImmutableExtension(BY_LINE)
        : null
  });
}
