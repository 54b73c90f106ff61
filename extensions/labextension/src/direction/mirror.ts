/** Lab laid out from right to left, as far as it can be: menus, tool bars, side bars, lists. */
import { ILabShell, type JupyterFrontEnd } from '@jupyterlab/application';
import type { Widget } from '@lumino/widgets';

import type { Academy } from '../academy/academy';

/** Lay Lab out in the direction of the language in which it was loaded. */
export function mirror(app: JupyterFrontEnd, academy: Academy): void {
  const { language, direction } = academy.voice;
  document.documentElement.lang = language;
  document.body.dir = direction;
  if (direction === 'rtl' && isLab(app.shell)) {
    const { shell } = app;
    void app.restored.then(() => exchange(shell));
  }
}

function isLab(shell: JupyterFrontEnd.IShell): shell is ILabShell {
  return 'leftCollapsed' in shell;
}

/** Exchange the side bars' contents: what one reaches for first is where reading begins. */
function exchange(shell: ILabShell): void {
  const left: Widget[] = [...shell.widgets('left')];
  const right: Widget[] = [...shell.widgets('right')];
  left.forEach((widget, rank) => shell.add(widget, 'right', { rank }));
  right.forEach((widget, rank) => shell.add(widget, 'left', { rank }));
}
