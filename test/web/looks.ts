/** How the page looks and moves: touch, motion, print, and what axe says of it in both themes. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { root, type Visitor } from './visitor.js';

export function looksTests(visit: () => Visitor): void {
  it('zooms the map with two fingers, and moves it with one', async () => {
    const { page, twoFrames, picture, touch } = visit();
    await page.locator('#map').scrollIntoViewIfNeeded();
    await page.locator('[data-zoom="map"][data-by="0"]').click();
    await twoFrames();
    const whole = await picture('map');
    const box = await page.locator('#map').boundingBox();
    if (box === null) throw new Error('no map');
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    const zoomed = async (): Promise<number> =>
      Number(await page.getAttribute('#map', 'data-zoom'));
    await touch('touchStart', [x - 20, y], [x + 20, y]);
    for (const apart of [30, 45, 60]) await touch('touchMove', [x - apart, y], [x + apart, y]);
    await touch('touchEnd');
    // Fingers three times as far from each other: three times as large.
    expect(await zoomed()).toBeGreaterThan(2.7);
    expect(await zoomed()).toBeLessThan(3.3);
    await twoFrames();
    const large = await picture('map');
    expect(large.pixels).not.toBe(whole.pixels);
    await touch('touchStart', [x, y]);
    for (const moved of [10, 30, 50]) await touch('touchMove', [x - moved, y - moved]);
    await touch('touchEnd');
    await twoFrames();
    expect((await picture('map')).pixels).not.toBe(large.pixels);
    expect(await zoomed()).toBeGreaterThan(2.7);
    await touch('touchStart', [x - 80, y], [x + 80, y]);
    for (const apart of [40, 20, 10]) await touch('touchMove', [x - apart, y], [x + apart, y]);
    await touch('touchEnd');
    expect(await zoomed()).toBe(1);
    await twoFrames();
    expect((await picture('map')).pixels).toBe(whole.pixels);
    await page.focus('#map');
    await page.keyboard.press('+');
    expect(await zoomed()).toBe(1.5);
    await page.keyboard.press('0');
    expect(await zoomed()).toBe(1);
  });

  it('sorts the map on the way of a second, and at once for whoever wants no motion', async () => {
    const { page, twoFrames, picture } = visit();
    const sorting = async (reducedMotion: 'reduce' | 'no-preference'): Promise<boolean> => {
      await page.emulateMedia({ reducedMotion });
      await page.locator('#sorted').click();
      await twoFrames();
      const early = await picture('map');
      await page.waitForTimeout(1000);
      return early.pixels !== (await picture('map')).pixels;
    };
    expect(await sorting('no-preference')).toBe(true);
    expect(await sorting('reduce')).toBe(false);
    await page.emulateMedia({ reducedMotion: 'no-preference' });
  });

  it('prints in light colours, without what only a screen needs', async () => {
    const { page, twoFrames } = visit();
    const drawing = (): Promise<string> =>
      page.evaluate(() => (document.getElementById('map') as HTMLCanvasElement).toDataURL());
    const light = await drawing();
    await page.emulateMedia({ colorScheme: 'dark' });
    await twoFrames();
    expect(await drawing()).not.toBe(light);
    await page.evaluate(() => {
      addEventListener('beforeprint', () => {
        const canvas = document.getElementById('map') as HTMLCanvasElement;
        Object.assign(window, { printed: canvas.toDataURL() });
      });
    });
    const pdf = await page.pdf({ format: 'A4' });
    expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
    const printed = await page.evaluate(
      () => (window as unknown as { printed: string | undefined }).printed,
    );
    expect(printed === light).toBe(true);
    await page.emulateMedia({ colorScheme: 'light' });
    await page.emulateMedia({ media: 'print' });
    expect(await page.locator('nav').isVisible()).toBe(false);
    expect(await page.locator('#gadget-weight').isVisible()).toBe(false);
    expect(await page.locator('#map').isVisible()).toBe(true);
    await page.emulateMedia({ media: 'screen' });
  });
}

export function accessibilityTests(visit: () => Visitor): void {
  it('has no violation of accessibility that axe finds, and no line wider than the screen', async () => {
    const { page } = visit();
    const axe = readFileSync(path.join(root, 'node_modules', 'axe-core', 'axe.min.js'), 'utf8');
    await page.evaluate(() => {
      for (const each of document.querySelectorAll('details')) each.open = true;
    });
    await page.evaluate(axe);
    for (const [width, scheme] of [
      [1440, 'light'],
      [360, 'light'],
      [360, 'dark'],
      [1440, 'dark'],
      [2560, 'dark'],
    ] as const) {
      await page.setViewportSize({ width, height: 800 });
      await page.emulateMedia({ colorScheme: scheme });
      await page.waitForTimeout(150);
      const { scroll, wide } = await page.evaluate(() => ({
        scroll: document.documentElement.scrollWidth - innerWidth,
        wide: [...document.querySelectorAll('main *')]
          .filter((each) => each.closest('.scroll') === null)
          .filter((each) => each.getBoundingClientRect().right > innerWidth + 1)
          .map((each) => `${each.tagName}#${each.id}.${each.className}`)
          .slice(0, 5),
      }));
      expect({ width, scroll, wide }).toEqual({ width, scroll: 0, wide: [] });
      if (width === 2560) continue;
      const violations = await page.evaluate(async () => {
        const { violations: found } = await (
          window as unknown as {
            axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
          }
        ).axe.run();
        return found.map(
          ({ id, nodes }) =>
            `${id}: ${nodes
              .map(({ html }) => html)
              .slice(0, 3)
              .join(' | ')}`,
        );
      });
      expect({ width, scheme, violations }).toEqual({ width, scheme, violations: [] });
    }
  });
}
