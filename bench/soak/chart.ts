/** A figure over time. */
export interface Curve {
  readonly name: string;
  readonly unit: string;
  /** One for each period, in order. */
  readonly values: readonly number[];
}

const [WIDTH, HEIGHT, LEFT, TOP, GAP] = [720, 110, 70, 40, 40] as const;

/** Draws curves below each other, each from 0 to a little more than its most, over the same time. */
export function drawCurves(title: string, minutes: number, curves: readonly Curve[]): string {
  const height = TOP + curves.length * (HEIGHT + GAP);
  const panels = curves.map((curve, index) => drawPanel(curve, TOP + index * (HEIGHT + GAP), minutes));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${LEFT + WIDTH + 20} ${height}" font-family="sans-serif" font-size="11">`,
    `<rect width="100%" height="100%" fill="white"/>`,
    `<text x="${LEFT}" y="20" font-size="14">${escapeXml(title)}</text>`,
    ...panels,
    "</svg>",
    "",
  ].join("\n");
}

function drawPanel({ name, unit, values }: Curve, top: number, minutes: number): string {
  const most = Math.max(...values, 1) * 1.1;
  const step = WIDTH / Math.max(values.length - 1, 1);
  const y = (value: number): string => (top + HEIGHT - (value / most) * HEIGHT).toFixed(1);
  const points = values.map((value, index) => `${(LEFT + index * step).toFixed(1)},${y(value)}`).join(" ");
  const grid = [0, 0.5, 1].map((part) => {
    const at = y(most * part);
    const label = `<text x="${LEFT - 6}" y="${at}" text-anchor="end">${(most * part).toFixed(most < 10 ? 1 : 0)}</text>`;
    return `<line x1="${LEFT}" x2="${LEFT + WIDTH}" y1="${at}" y2="${at}" stroke="#ddd"/>${label}`;
  });
  return [
    `<text x="${LEFT}" y="${top - 6}">${escapeXml(name)} (${escapeXml(unit)}), over ${minutes} minutes</text>`,
    ...grid,
    `<polyline fill="none" stroke="#1f5fa8" stroke-width="1.2" points="${points}"/>`,
  ].join("\n");
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
