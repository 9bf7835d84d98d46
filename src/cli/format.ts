/** Text for people: counts, sizes, times and aligned tables. */

/** `1234567` as `1,234,567`. */
export function grouped(value: number | bigint): string {
  return value.toString().replace(/\B(?=(\d{3})+$)/g, ',');
}

/** A large count in words people can compare: `9.93e15` beyond a million millions. */
export function count(value: number | bigint): string {
  if (value < 1e12) return grouped(value);
  return Number(value).toExponential(2).replace('e+', 'e');
}

/** `1234567` bytes as `1.2 MB`. */
export function bytes(value: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB'];
  let scaled = value;
  let unit = 0;
  while (scaled >= 1000 && unit < units.length - 1) {
    scaled /= 1000;
    unit++;
  }
  return `${unit === 0 ? scaled : scaled.toFixed(1)} ${units[unit]}`;
}

export function seconds(value: number): string {
  return `${value < 10 ? value.toFixed(2) : value.toFixed(1)} s`;
}

/** `0.9808` as `98.08 %`. */
export function percent(value: number): string {
  return `${(100 * value).toFixed(2)} %`;
}

/** Rows of cells as lines, columns aligned; numbers to the right where `right` says so. */
export function table(
  rows: readonly (readonly string[])[],
  right: readonly boolean[] = [],
): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, cell.length);
    });
  }
  return rows.map((row) =>
    row
      .map((cell, column) =>
        right[column] ? cell.padStart(widths[column]) : cell.padEnd(widths[column]),
      )
      .join('  ')
      .trimEnd(),
  );
}

/** Consecutive equal items as `3 x item`, so that 300 layers fit on a line. */
export function runs(items: readonly (string | number)[]): string {
  const parts: string[] = [];
  for (let index = 0; index < items.length; ) {
    let end = index;
    while (end < items.length && items[end] === items[index]) end++;
    const item = typeof items[index] === 'number' ? grouped(items[index] as number) : items[index];
    parts.push(end - index > 1 ? `${end - index} x ${item}` : `${item}`);
    index = end;
  }
  return parts.join(', ');
}
