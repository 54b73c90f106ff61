/** Lab laid out from right to left, as far as it can be: menus, tool bars, side bars, lists. */
import type { ILabShell, JupyterFrontEnd } from '@jupyterlab/application';
import type { IStateDB } from '@jupyterlab/statedb';
import type { Widget } from '@lumino/widgets';

import type { Academy } from '../academy/academy';

/** Whether the side bars' contents are exchanged in the layout that Lab restores. */
const EXCHANGED = 'dalil:exchanged';

/** Lay Lab out in the direction of the language in which it was loaded. */
export async function mirror(
  app: JupyterFrontEnd,
  academy: Academy,
  shell: ILabShell | null,
  state: IStateDB | null
): Promise<void> {
  const { language, direction } = academy.voice;
  document.documentElement.lang = language;
  document.body.dir = direction;
  await app.restored;
  const wanted = direction === 'rtl';
  const found = (await state?.fetch(EXCHANGED)) === true;
  if (shell && wanted !== found) {
    exchange(shell);
    await state?.save(EXCHANGED, wanted);
  }
}

/** Exchange the side bars' contents: what one reaches for first is where reading begins. */
function exchange(shell: ILabShell): void {
  const left: Widget[] = [...shell.widgets('left')];
  const right: Widget[] = [...shell.widgets('right')];
  left.forEach((widget, rank) => shell.add(widget, 'right', { rank }));
  right.forEach((widget, rank) => shell.add(widget, 'left', { rank }));
}
