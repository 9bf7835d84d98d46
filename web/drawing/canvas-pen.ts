/** The pen of the figures on a canvas. */
import type { LineStyle, Pen } from '../library.js';

/** What of a canvas's 2D context is drawn with. */
export type Context = Pick<
  CanvasRenderingContext2D,
  | 'arc'
  | 'beginPath'
  | 'bezierCurveTo'
  | 'fill'
  | 'fillRect'
  | 'fillStyle'
  | 'fillText'
  | 'font'
  | 'globalAlpha'
  | 'lineTo'
  | 'lineWidth'
  | 'moveTo'
  | 'restore'
  | 'rotate'
  | 'save'
  | 'setLineDash'
  | 'stroke'
  | 'strokeRect'
  | 'strokeStyle'
  | 'textAlign'
  | 'translate'
>;

const FONT = "system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif";

/** Draws in the colours that `shown` makes of the palette's light ones. */
export function canvasPen(context: Context, shown: (light: string) => string): Pen {
  const stroke = (
    { stroke: colour, width, dash = [], opacity = 1 }: LineStyle,
    draw: () => void,
  ) => {
    context.strokeStyle = shown(colour);
    context.lineWidth = width;
    context.setLineDash([...dash]);
    context.globalAlpha = opacity;
    draw();
    context.globalAlpha = 1;
  };
  return {
    rect(x, y, width, height, fill, opacity = 1) {
      context.globalAlpha = opacity;
      context.fillStyle = shown(fill);
      context.fillRect(x, y, width, height);
      context.globalAlpha = 1;
    },
    frame(x, y, width, height, style) {
      stroke(style, () => context.strokeRect(x, y, width, height));
    },
    line(points, style) {
      stroke(style, () => {
        context.beginPath();
        points.forEach(([x, y], index) => {
          if (index === 0) context.moveTo(x, y);
          else context.lineTo(x, y);
        });
        context.stroke();
      });
    },
    curve([x, y], [toX, toY], style) {
      stroke(style, () => {
        const middle = (y + toY) / 2;
        context.beginPath();
        context.moveTo(x, y);
        context.bezierCurveTo(x, middle, toX, middle, toX, toY);
        context.stroke();
      });
    },
    circle(x, y, radius, fill, colour, width) {
      stroke({ stroke: colour, width }, () => {
        context.beginPath();
        context.arc(x, y, radius, 0, 2 * Math.PI);
        context.fillStyle = shown(fill);
        context.fill();
        context.stroke();
      });
    },
    text(x, y, content, { size, fill, anchor = 'start', bold, turned = 0 }) {
      context.font = `${bold ? '600 ' : ''}${size}px ${FONT}`;
      context.fillStyle = shown(fill);
      context.textAlign = anchor === 'middle' ? 'center' : anchor;
      if (turned === 0) {
        context.fillText(content, x, y);
        return;
      }
      context.save();
      context.translate(x, y);
      context.rotate((turned * Math.PI) / 180);
      context.fillText(content, 0, 0);
      context.restore();
    },
  };
}
