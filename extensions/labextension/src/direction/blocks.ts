/** Rendered Markdown and HTML: each block runs as its own text does. */
import { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import {
  htmlRendererFactory,
  markdownRendererFactory,
  type IRenderMimeRegistry
} from '@jupyterlab/rendermime';

const BLOCKS = 'p, h1, h2, h3, h4, h5, h6, ul, ol, dl, table, blockquote, details';

/** Let blocks below *node* follow their text, but for those within something of a set direction. */
export function follow(node: HTMLElement): void {
  for (const block of node.querySelectorAll<HTMLElement>(BLOCKS)) {
    const set = block.closest<HTMLElement>('[dir]');
    if (!set || !node.contains(set)) {
      block.dir = 'auto';
    }
  }
}

/** Wrap Lab's renderers, wherever they are used: cells, outputs, previews. */
export function followText(registry: IRenderMimeRegistry): void {
  for (const factory of [markdownRendererFactory, htmlRendererFactory]) {
    registry.addFactory({
      ...factory,
      createRenderer: options => {
        const renderer = factory.createRenderer(options);
        const render = renderer.renderModel.bind(renderer);
        renderer.renderModel = async (model: IRenderMime.IMimeModel): Promise<void> => {
          await render(model);
          follow(renderer.node);
        };
        return renderer;
      }
    });
  }
}
