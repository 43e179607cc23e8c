// The peer of tests/benchmarks/viewer.py: a page as cornerstone3D's examples make it, over the same frames and codec.
import { cache, Enums, imageLoader, init, metaData, RenderingEngine } from '@cornerstonejs/core';
import * as tools from '@cornerstonejs/tools';
import { Codec } from '../../kiosk/cloud/portal/viewer/src/codec';
import { read } from '../../kiosk/cloud/portal/viewer/src/facts';

const root = document.getElementById('film')!;
const page = window as any;

async function start(): Promise<void> {
  const codec = new Codec(root.dataset.codec!, root.dataset.wasm!);
  const [exam] = await Promise.all([read(root.dataset.json!), init(), tools.init()]);
  cache.setMaxCacheSize(64 << 20);
  const frames = exam.series[0].frames;
  const number = (id: string): number => +id.slice(5);
  metaData.addProvider((kind: string, id: string) => {
    if (typeof id !== 'string' || !id.startsWith('film:')) return undefined;
    const { rows, columns, spacing, position, orientation, slope, intercept } = frames[number(id)];
    const iop = orientation!;
    const [rowPixelSpacing, columnPixelSpacing] = spacing!;
    return {
      imagePixelModule: {
        bitsAllocated: 16, bitsStored: 16, highBit: 15, pixelRepresentation: 1, samplesPerPixel: 1,
        photometricInterpretation: 'MONOCHROME2', rows, columns,
      },
      imagePlaneModule: {
        frameOfReferenceUID: '1.2', rows, columns, rowPixelSpacing, columnPixelSpacing, pixelSpacing: spacing,
        imageOrientationPatient: iop, rowCosines: iop.slice(0, 3), columnCosines: iop.slice(3),
        imagePositionPatient: position,
      },
      generalSeriesModule: { modality: 'CT', seriesInstanceUID: '1' },
      voiLutModule: { windowCenter: [40], windowWidth: [80] },
      modalityLutModule: { rescaleSlope: slope, rescaleIntercept: intercept },
    }[kind];
  }, 1000);
  imageLoader.registerImageLoader('film', ((id: string) => ({
    promise: (async () => {
      const frame = frames[number(id)];
      const bytes = new Uint8Array(await (await fetch(exam.frames + frame.frame)).arrayBuffer());
      const { values } = await codec.decode(frame, bytes, 0);
      let [low, high] = [32767, -32768];
      for (const value of values) {
        if (value < low) low = value;
        if (value > high) high = value;
      }
      const [rowPixelSpacing, columnPixelSpacing] = frame.spacing!;
      return {
        imageId: id, minPixelValue: low, maxPixelValue: high, slope: frame.slope, intercept: frame.intercept,
        windowCenter: 40, windowWidth: 80, voiLUTFunction: 'LINEAR', getPixelData: () => values, rows: frame.rows,
        columns: frame.columns, height: frame.rows, width: frame.columns, color: false, rgba: false, imageFrame: {},
        numberOfComponents: 1, columnPixelSpacing, rowPixelSpacing, invert: false, sizeInBytes: values.byteLength,
        dataType: values.constructor.name,
      };
    })(),
  })) as any);
  const used = [
    tools.LengthTool, tools.AngleTool, tools.EllipticalROITool, tools.ProbeTool, tools.WindowLevelTool, tools.PanTool,
    tools.ZoomTool, tools.StackScrollTool,
  ];
  const group = tools.ToolGroupManager.createToolGroup('film')!;
  for (const tool of used) {
    tools.addTool(tool as any);
    group.addTool((tool as any).toolName);
  }
  const element = document.createElement('div');
  element.style.cssText = 'width:100%;height:100%;grid-row:1/-1';
  root.append(element);
  const engine = new RenderingEngine('film');
  engine.enableElement({ viewportId: 'v', type: Enums.ViewportType.STACK, element });
  group.addViewport('v', 'film');
  group.setToolActive(tools.LengthTool.toolName, { bindings: [{ mouseButton: tools.Enums.MouseBindings.Primary }] });
  const viewport: any = engine.getViewport('v');
  await viewport.setStack(frames.map((_, at) => `film:${at}`), Math.floor(frames.length / 2));
  await new Promise((seen) => {
    element.addEventListener(Enums.Events.IMAGE_RENDERED, seen, { once: true });
    viewport.render();
  });
  performance.mark('film-lossless');
  page.__go = async (at: number) => {
    await viewport.setImageIdIndex(at);
    await new Promise((drawn) => requestAnimationFrame(drawn));
  };
  page.__ready();
}

page.__film = { ready: new Promise<void>((ready) => (page.__ready = ready)), go: (at: number) => page.__go(at) };
start().catch((error) => (document.title = String(error.stack)));
