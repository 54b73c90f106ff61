/** The questions that the instructor's panel asks. */
import { Dialog, showDialog } from '@jupyterlab/apputils';
import { Widget } from '@lumino/widgets';

import { LANGUAGES, isLanguage, type Language, type Voice } from '../texts';

/** A form in a dialog: its value is what the fields hold. */
class Form extends Widget implements Dialog.IBodyWidget<Record<string, string>> {
  private readonly fields = new Map<string, HTMLInputElement | HTMLSelectElement>();

  constructor(voice: Voice) {
    super();
    this.addClass('dalil-Form');
    this.node.lang = voice.language;
    this.node.dir = voice.direction;
  }

  add(name: string, label: string, field: HTMLInputElement | HTMLSelectElement): void {
    const row = document.createElement('label');
    const text = document.createElement('span');
    text.textContent = label;
    row.append(text, field);
    this.node.append(row);
    this.fields.set(name, field);
  }

  getValue(): Record<string, string> {
    return Object.fromEntries([...this.fields].map(([name, { value }]) => [name, value.trim()]));
  }
}

interface Field {
  dir: string;
  maxLength: number;
  lang?: string;
  value?: string;
}

function input(values: Field): HTMLInputElement {
  const field: HTMLInputElement = document.createElement('input');
  Object.assign(field, { type: 'text', required: true }, values);
  field.className = 'jp-mod-styled';
  field.spellcheck = false;
  return field;
}

function choice(chosen: Language): HTMLSelectElement {
  const field = document.createElement('select');
  field.className = 'jp-mod-styled';
  for (const [code, name] of LANGUAGES) {
    const option = new Option(name, code, code === chosen, code === chosen);
    option.lang = code;
    field.add(option);
  }
  return field;
}

/** Ask for the id and the title of a new module; null when the person thinks better of it. */
export async function askForModule(voice: Voice): Promise<{ id: string; title: string } | null> {
  const form = new Form(voice);
  form.add('id', voice.text('newModuleId'), input({ dir: 'ltr', maxLength: 32 }));
  const title = input({ dir: 'ltr', lang: 'en', maxLength: 120 });
  form.add('title', voice.text('newModuleTitle'), title);
  const answer = await asked(voice, voice.text('newModule'), form, voice.text('create'));
  const { id, title: text } = answer ?? {};
  return id && text ? { id, title: text } : null;
}

/** Ask as whom and in which language a module is to be looked at. */
export async function askForPreview(
  voice: Voice,
  title: string,
  trainees: readonly { id: string; name: string }[]
): Promise<{ trainee: string; language: Language } | null> {
  const form = new Form(voice);
  const list = document.createElement('datalist');
  list.id = 'dalil-trainees';
  list.append(...trainees.map(({ id, name }) => new Option(name, id)));
  const field = input({ value: trainees[0]?.id ?? 'amina', dir: 'auto', maxLength: 64 });
  field.setAttribute('list', list.id);
  form.node.append(list);
  form.add('trainee', voice.text('previewTrainee'), field);
  form.add('language', voice.text('language'), choice(voice.language));
  const heading = voice.text('previewOf', { title });
  const answer = await asked(voice, heading, form, voice.text('preview'));
  return answer?.trainee && isLanguage(answer.language)
    ? { trainee: answer.trainee, language: answer.language }
    : null;
}

/** Ask whether a module may go out. */
export async function askForRelease(voice: Voice, id: string): Promise<boolean> {
  const result = await showDialog({
    title: voice.text('releaseTitle', { id }),
    body: voice.text('releaseBody'),
    buttons: [
      Dialog.cancelButton({ label: voice.text('cancel') }),
      Dialog.okButton({ label: voice.text('release') })
    ]
  });
  return result.button.accept;
}

async function asked(
  voice: Voice,
  title: string,
  body: Form,
  accept: string
): Promise<Record<string, string> | null> {
  const result = await showDialog({
    title,
    body,
    buttons: [
      Dialog.cancelButton({ label: voice.text('cancel') }),
      Dialog.okButton({ label: accept })
    ],
    focusNodeSelector: 'input'
  });
  return result.button.accept ? result.value : null;
}
