/** Editors of Markdown: each line runs as its own text does. */
import { type Extension, RangeSetBuilder } from '@codemirror/state';
import { Decoration, type DecorationSet, EditorView, ViewPlugin } from '@codemirror/view';
import { EditorExtensionRegistry, type IEditorExtensionRegistry } from '@jupyterlab/codemirror';

const LINE = Decoration.line({ attributes: { dir: 'auto' } });

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
      builder.add(line.from, line.from, LINE);
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
