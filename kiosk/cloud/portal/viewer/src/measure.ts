/** Lengths, angles and statistics, from stored values and the spacing of the file; points in pixels, (0, 0) a corner. */
import type { Frame } from './facts';
import type { Stored } from './values';

export type Point = [number, number]; // column, row
export type Kind = 'length' | 'angle' | 'roi' | 'value';
export type Mark = { kind: Kind; points: Point[] };
export const POINTS: Record<Kind, number> = { value: 1, length: 2, roi: 2, angle: 3 };

/** mm a pixel across and down, or pixels where the file has no spacing. */
export function pitch(frame: Frame): Point {
  return frame.spacing ? [frame.spacing[1], frame.spacing[0]] : [1, 1];
}

/** mm, or pixels without a spacing. */
export function length([a, b]: Point[], frame: Frame): number {
  const [across, down] = pitch(frame);
  return Math.hypot((a[0] - b[0]) * across, (a[1] - b[1]) * down);
}

/** Degrees at the middle point. */
export function angle([a, b, c]: Point[], frame: Frame): number {
  const [across, down] = pitch(frame);
  const first = Math.atan2((a[1] - b[1]) * down, (a[0] - b[0]) * across);
  const second = Math.atan2((c[1] - b[1]) * down, (c[0] - b[0]) * across);
  const turn = (Math.abs(first - second) * 180) / Math.PI;
  return turn > 180 ? 360 - turn : turn;
}

/** Value in output units at a point; three of a colour; nothing beside the picture. */
export function value(point: Point, frame: Frame, values: Stored): number[] {
  const [column, row] = point.map(Math.floor);
  if (column < 0 || row < 0 || column >= frame.columns || row >= frame.rows) return [];
  const at = (row * frame.columns + column) * frame.samples;
  return Array.from(values.subarray(at, at + frame.samples), (one) => one * frame.slope + frame.intercept);
}

export type Statistics = { count: number; mean: number; sd: number; min: number; max: number; area: number };

/** Of the pixels whose centre lies in the ellipse between two corners; SD of the population; area of the ellipse. */
export function statistics([a, b]: Point[], frame: Frame, values: Stored): Statistics | null {
  const [across, down] = pitch(frame);
  const [x, y] = [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
  const [rx, ry] = [Math.abs(a[0] - b[0]) / 2, Math.abs(a[1] - b[1]) / 2];
  const found = { count: 0, mean: 0, sd: 0, min: Infinity, max: -Infinity, area: Math.PI * rx * ry * across * down };
  let squares = 0; // Welford: large offsets lose no digits
  for (let row = Math.max(0, Math.floor(y - ry)); row < Math.min(frame.rows, y + ry); row++) {
    for (let column = Math.max(0, Math.floor(x - rx)); column < Math.min(frame.columns, x + rx); column++) {
      if (((column + 0.5 - x) / rx) ** 2 + ((row + 0.5 - y) / ry) ** 2 > 1) continue;
      const one = values[row * frame.columns + column] * frame.slope + frame.intercept;
      const from = one - found.mean;
      found.mean += from / ++found.count;
      squares += from * (one - found.mean);
      found.min = Math.min(found.min, one);
      found.max = Math.max(found.max, one);
    }
  }
  found.sd = Math.sqrt(squares / found.count);
  return found.count ? found : null;
}
