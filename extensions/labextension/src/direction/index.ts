/** The plugin of the direction of text. */
import {
  ILabShell,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { IEditorExtensionRegistry } from '@jupyterlab/codemirror';
import { INotebookTracker } from '@jupyterlab/notebook';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { IStateDB } from '@jupyterlab/statedb';
import { LabIcon } from '@jupyterlab/ui-components';

import { IAcademy, type Academy } from '../academy/academy';
import { followText } from './blocks';
import { showChoices, turn } from './cells';
import { followLines } from './editors';
import { mirror } from './mirror';

const TURN = 'dalil:direction';

const icon = new LabIcon({
  name: 'dalil:direction',
  svgstr:
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" width="16">' +
    '<g class="jp-icon3" fill="#616161"><path d="M4 5h16v2H4zm0 5h9v2H4z"/>' +
    '<path d="M7 13.5 2.5 17 7 20.5V18h10v2.5l4.5-3.5-4.5-3.5V16H7z"/></g></svg>'
});

const direction: JupyterFrontEndPlugin<void> = {
  id: '@dalil/labextension:direction',
  description: 'Text runs the way it is written; code runs from left to right.',
  autoStart: true,
  requires: [IAcademy, IRenderMimeRegistry, IEditorExtensionRegistry, INotebookTracker],
  optional: [ICommandPalette, ILabShell, IStateDB],
  activate: (
    app: JupyterFrontEnd,
    academy: Academy,
    rendermime: IRenderMimeRegistry,
    editors: IEditorExtensionRegistry,
    notebooks: INotebookTracker,
    palette: ICommandPalette | null,
    shell: ILabShell | null,
    state: IStateDB | null
  ) => {
    followText(rendermime);
    followLines(editors);
    notebooks.widgetAdded.connect((_, panel) => showChoices(panel));
    academy.laidOut = mirror(app, academy, shell, state);
    app.commands.addCommand(TURN, {
      label: () => academy.voice.text('directionCycle'),
      caption: () => academy.voice.text('directionCycle'),
      icon,
      describedBy: { args: { type: 'object', properties: {} } },
      isEnabled: () => notebooks.activeCell?.model.type === 'markdown',
      execute: () => {
        const cell = notebooks.activeCell;
        if (cell) {
          academy.tell(academy.voice.text(turn(cell)));
        }
      }
    });
    notebooks.activeCellChanged.connect(() => app.commands.notifyCommandChanged(TURN));
    palette?.addItem({ command: TURN, category: 'Dalil' });
  }
};

export default [direction];
