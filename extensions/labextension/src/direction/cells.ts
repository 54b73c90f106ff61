/** The direction that a person sets for one cell, kept in the cell's metadata. */
import type { Cell } from '@jupyterlab/cells';
import type { Notebook, NotebookPanel } from '@jupyterlab/notebook';

import type { Key } from '../texts';

export type Choice = 'auto' | 'rtl' | 'ltr';

const NEXT: Readonly<Record<Choice, Choice>> = { auto: 'rtl', rtl: 'ltr', ltr: 'auto' };
const WORDS: Readonly<Record<Choice, Key>> = {
  auto: 'directionAuto',
  rtl: 'directionRtl',
  ltr: 'directionLtr'
};

/** What a cell's metadata say: `dalil.direction`, as the academy's localised notebooks have it. */
export function choiceOf(cell: Cell): Choice {
  const dalil: unknown = cell.model.getMetadata('dalil');
  const said = (dalil as { direction?: unknown } | undefined)?.direction;
  return said === 'rtl' || said === 'ltr' ? said : 'auto';
}

/** Go on to the next direction; returns the text that says which it is now. */
export function turn(cell: Cell): Key {
  const choice = NEXT[choiceOf(cell)];
  const dalil = { ...(cell.model.getMetadata('dalil') as Record<string, string> | undefined) };
  if (choice === 'auto') {
    delete dalil.direction;
  } else {
    dalil.direction = choice;
  }
  if (Object.keys(dalil).length > 0) {
    cell.model.setMetadata('dalil', dalil);
  } else {
    cell.model.deleteMetadata('dalil');
  }
  return WORDS[choice];
}

/** Show on each cell of *panel* which direction its metadata say; the style sheet does the rest. */
export function showChoices(panel: NotebookPanel): void {
  const seen = new WeakSet<Cell>();
  const show = (cell: Cell): void => {
    cell.node.dataset.dalilDirection = choiceOf(cell);
  };
  const all = (notebook: Notebook): void => {
    for (const cell of notebook.widgets) {
      if (!seen.has(cell)) {
        seen.add(cell);
        cell.model.metadataChanged.connect(() => show(cell));
        show(cell);
      }
    }
  };
  const notebook = panel.content;
  notebook.modelContentChanged.connect(() => all(notebook));
  void panel.context.ready.then(() => all(notebook));
}
