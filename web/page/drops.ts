/** Files that are dropped anywhere on the page: the file field's own, as if chosen there. */
import { byId } from './dom.js';

const hasFiles = (event: DragEvent): boolean =>
  event.dataTransfer?.types.includes('Files') === true;

/** Beside the frame too: a browser would open the file in the place of the page. `onDrop` has the section come that takes it. */
export function takeDrops(onDrop: () => void): void {
  const [file, frame] = [byId<HTMLInputElement>('file'), byId('drop')];
  for (const type of ['dragenter', 'dragover'] as const) {
    document.addEventListener(type, (event) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      frame.classList.add('over');
    });
  }
  document.addEventListener('dragleave', (event) => {
    // To another element of the page otherwise.
    if (event.relatedTarget === null) frame.classList.remove('over');
  });
  document.addEventListener('drop', (event) => {
    if (event.dataTransfer === null || !hasFiles(event)) return;
    event.preventDefault();
    frame.classList.remove('over');
    file.files = event.dataTransfer.files;
    file.dispatchEvent(new Event('change'));
    onDrop();
    frame.scrollIntoView({ block: 'center' });
  });
}
