/** What viewer.json holds: the manifest's facts (kiosk/cloud/wire/manifest.py), in DICOM's own terms and units. */

export type Voi = { center: number; width: number; function?: 'LINEAR' | 'LINEAR_EXACT' | 'SIGMOID'; name?: string };

export type Frame = {
  frame: number;
  instance: number;
  number: number;
  rows: number;
  columns: number;
  bits: number;
  signed: boolean;
  samples: 1 | 3;
  photometric: string;
  slope: number;
  intercept: number;
  unit: string;
  windows: Voi[];
  spacing: [number, number] | null; // mm between rows, between columns
  spacing_at: 'patient' | 'detector';
  letters: [string, string, string, string] | null; // left, right, top, bottom
  position: [number, number, number] | null;
  orientation: number[] | null;
  prefixes: number[];
  pictures: number[];
};

export type Series = { number: string; description: string; modality: string; frames: Frame[] };
export type Prior = { exam: string; label: string; json: string };
export type Exam = {
  exam: { description: string; modality: string; performed: string; patient: string };
  series: Series[];
  frames: string;
  pictures: string;
  texts: Record<string, string>;
  prior: Prior[];
};

const USUAL = {
  number: 1, samples: 1, slope: 1, intercept: 0, unit: '', windows: [], spacing: null, spacing_at: 'patient',
  letters: null, position: null, orientation: null, prefixes: [], pictures: [],
};

/** What stands at its usual value may be left out of the JSON. */
export function understood(json: any): Exam {
  for (const series of json.series) series.frames = series.frames.map((frame: object) => ({ ...USUAL, ...frame }));
  return { prior: [], texts: {}, ...json };
}

export async function read(url: string): Promise<Exam> {
  const answer = await fetch(url, { credentials: 'same-origin' });
  if (!answer.ok) throw new Gone(answer.status);
  return understood(await answer.json());
}

/** The portal refused: trying again does not help. */
export class Gone extends Error {
  constructor(readonly status: number) {
    super(String(status));
  }
}

/** The codec gives at most 16 bits exactly, and a palette is not among the facts: such frames are shown as pictures. */
export const measurable = (frame: Frame): boolean => frame.bits <= 16 && frame.photometric !== 'PALETTE COLOR';
