/**
 * The heatmap: Plotly draws axes, labels, zoom and pan, and up to SMALL tokens the cells too.
 * Above, cells are painted on a canvas laid exactly under the transparent plot: no picture has to be
 * encoded, decoded or laid out again, so a change of head costs one pass over its bytes.
 */
import { fitCanvas, h } from "./dom.js";
import { css, place } from "./colour.js";
import { paintHead } from "./paint.js";
import { drawnWeight, isMasked, isOutside } from "./picture.js";
import { problem } from "./problems.js";
import { SEGMENT_BAND } from "./segments.js";
import { labelOf, ticks } from "./ticks.js";
import { escapeLabel, segmentsOf } from "./tokens.js";
import {
  centred, clamped, focused, isWhole, panned, pinched, revealing, spelled, unspelled, wholeOf, zoomed, zoomedAt,
} from "./viewport.js";
import { t } from "./i18n.js";

const SMALL = 128;
const GAPS_UP_TO = 64;
const SHARE_BAND = 18;
export const FONT = 'Inter, system-ui, "Noto Sans", "Noto Sans CJK SC", sans-serif';
const CONFIG = { displayModeBar: false, responsive: false, doubleClick: false, showTips: false };

let library = null;

/** Plotly, 1.5 MB of script; a page that does not name it itself has it fetched here. */
export function loadPlotly() {
  library ??= arrived().then(() => window.Plotly ?? fetched());
  return library;
}

const arrived = () => new Promise((resolve) => {
  if (window.Plotly || document.readyState === "complete") resolve();
  else window.addEventListener("load", resolve, { once: true });
});

const fetched = () => new Promise((resolve, reject) => {
  document.head.append(h("script", {
    src: new URL("../vendor/plotly-cartesian-4.1.1.min.js", import.meta.url).href,
    onload: () => resolve(window.Plotly),
    onerror: () => {
      library = null;
      reject(problem("no-plotly"));
    },
  }));
});

/**
 * @param {HTMLElement} root
 * @param {(whole, geometry) => object[]} partsOf  pictures of parts of the head, to lie over the whole
 * @param {() => void} onPaint  cells were painted: others, or another window of them
 */
export function createPlot(root, { partsOf, onPaint }) {
  const under = h("canvas", { class: "plot-cells" });
  const host = h("div", { class: "plot-axes" });
  root.replaceChildren(under, host);
  let Plotly = null;
  let frame = null;
  let picture = null;
  let pictures = [];
  let busy = false;
  let listening = false;
  let [wanted, drawnWindow] = [null, null];

  const whole = () => wholeOf(frame.tokens);
  const inSight = () => {
    const { xaxis, yaxis } = host.layout;
    return { x: [...xaxis.range], y: [yaxis.range[1], yaxis.range[0]] };
  };

  /** Show this picture; `tokens` are those of its axes, `zoom` the window that new ones open with. Returns when it is painted. */
  async function draw(next, tokens, zoom) {
    Plotly ??= await loadPlotly();
    const fresh = frame?.tokens.queries !== tokens.queries || frame.tokens.keys !== tokens.keys;
    const recoloured = picture?.colours !== next.colours;
    picture = next;
    if (fresh || recoloured) await layOut(tokens, fresh ? unspelled(zoom, wholeOf(tokens)) : inSight());
    else if (traced()) await Plotly.react(host, traces(), host.layout, CONFIG);
    paintUnder();
  }

  const traced = () => frame.tokens.keys.length <= SMALL && frame.tokens.queries.length <= SMALL;

  async function layOut(tokens, view) {
    frame = { tokens, ...measureFrame(root, tokens) };
    root.style.height = `${frame.height}px`;
    busy = true;
    await Plotly.react(host, traced() ? traces() : anchors(), layout(view), CONFIG);
    busy = false;
    listen();
  }

  function listen() {
    if (listening) return;
    listening = true;
    host.on("plotly_relayouting", moving);
    host.on("plotly_relayout", moved);
    host.on("plotly_doubleclick", () => show(whole()));
  }

  function traces() {
    const { block, sinkColumns, scale, top, ramp } = picture;
    const z = Array.from({ length: block.rows }, (_, row) =>
      Array.from({ length: block.columns }, (_, column) =>
        (sinkColumns[column] || isMasked(picture, row, column) || isOutside(picture, row, column)
          ? null : place(scale, drawnWeight(picture, row, column), top))));
    const gap = Math.max(block.rows, block.columns) <= GAPS_UP_TO ? 1 : 0;
    return [{
      type: "heatmap", z, zmin: 0, zmax: 1, showscale: false, hoverinfo: "skip",
      xgap: gap, ygap: gap,
      colorscale: Array.from({ length: 52 }, (_, i) => [i / 51, css(ramp[i * 5])]),
    }];
  }

  /** Axes need something on them. */
  const anchors = () => [{ type: "scatter", x: [0], y: [0], opacity: 0, hoverinfo: "skip" }];

  function layout(view) {
    const { ink, muted } = picture.colours;
    const axis = (limits) => ({
      showgrid: false, zeroline: false, showline: false, fixedrange: false, autorange: false,
      tickfont: { size: 12, color: css(ink), family: FONT }, ticklen: 4, tickcolor: "rgba(0,0,0,0)",
      minallowed: -0.5, maxallowed: limits - 0.5, automargin: false,
    });
    const title = (text, more) => ({
      text: escapeLabel(text), showarrow: false, xref: "paper", yref: "paper",
      font: { size: 12, color: css(muted), family: FONT }, ...more,
    });
    return {
      width: frame.width, height: frame.height, margin: { ...frame.margin, pad: 0 },
      paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", showlegend: false,
      hovermode: false, dragmode: dragMode(view), font: { family: FONT },
      xaxis: { ...axis(frame.tokens.keys.length), side: "top", range: view.x, tickangle: frame.angle,
        ticklen: SHARE_BAND, ...columnTicks(view.x) },
      yaxis: { ...axis(frame.tokens.queries.length), range: [view.y[1], view.y[0]], ...rowTicks(view.y) },
      annotations: [
        title(t("head.queryAxis"), { x: 0, xshift: 14 - frame.margin.l, y: 0.5, textangle: -90, xanchor: "center" }),
        title(t("head.keyAxis"), { x: 0.5, y: 0, yshift: 4 - frame.margin.b, yanchor: "bottom" }),
      ],
    };
  }

  const columnTicks = (visible) => ticks(frame.tokens.keys, visible,
    frame.inner.width, frame.angle === -90 ? 16 : 22);
  const rowTicks = (visible) => ticks(frame.tokens.queries, visible,
    frame.inner.height, 17);

  /** Nothing to pan while all is visible: then a drag draws the window to zoom to. */
  const dragMode = (view) => (isWhole(view, whole()) ? "zoom" : "pan");

  function moving(change) {
    const { x, y } = inSight();
    const now = (axis, i, before) => change[`${axis}.range[${i}]`] ?? before;
    paintUnder({
      x: [now("xaxis", 0, x[0]), now("xaxis", 1, x[1])],
      y: [now("yaxis", 1, y[0]), now("yaxis", 0, y[1])],
    });
  }

  async function moved() {
    if (!busy) await show(inSight());
  }

  /** One `react` draws labels once; `relayout` with a range and labels draws them several times. */
  async function show(view) {
    busy = true;
    await Plotly.react(host, host.data, layout(clamped(view, whole())), CONFIG);
    busy = false;
    paintUnder();
  }

  /** Fingers and wheels move faster than labels are drawn: only the newest window counts. */
  async function follow(view) {
    const idle = wanted === null;
    wanted = clamped(view, whole());
    while (idle && wanted !== drawnWindow) {
      drawnWindow = wanted;
      await show(drawnWindow);
    }
    if (idle) wanted = null;
  }

  /** A place on the screen in shares of the window that is in sight. */
  function shareAt(clientX, clientY) {
    const box = root.getBoundingClientRect();
    const { margin, inner } = frame;
    return { x: (clientX - box.left - margin.l) / inner.width, y: (clientY - box.top - margin.t) / inner.height };
  }

  function paintUnder(view = inSight()) {
    const { margin, inner } = frame;
    under.style.left = `${margin.l}px`;
    under.style.top = `${margin.t}px`;
    const context = fitCanvas(under, inner.width, inner.height);
    pictures = traced() ? [picture] : partsOf(picture, { range: view, inner });
    paintHead(context, pictures, view, inner, !traced());
    onPaint();
  }

  return {
    draw,
    host,

    /** Paint again what is in sight. */
    repaint: () => paintUnder(),

    /** Zoom in on a pair of tokens, or out from where the window is. */
    zoom: (factor, at) => frame && show(zoomed(inSight(), factor, at)),

    /** Zoom so that what is under the pointer stays there; false where nothing is left to zoom out of. */
    zoomAt(event, factor) {
      const now = wanted ?? inSight();
      if (factor > 1 && isWhole(now, whole())) return false;
      follow(zoomedAt(now, factor, shareAt(event.clientX, event.clientY)));
      return true;
    },

    /** Move the window by a share of its size. */
    pan: (down, right) => show(panned(inSight(), down, right)),

    /** Move the window as little as shows this pair of tokens. */
    reveal(at) {
      const [before, after] = [inSight(), revealing(inSight(), at)];
      if (before.x[0] !== after.x[0] || before.y[0] !== after.y[0]) show(after);
    },

    /** Move the window's middle to this place, perhaps between tokens. */
    centre: (at) => follow(centred(wanted ?? inSight(), at)),

    /** Move the window to a pair of tokens, and close enough to see its cell. */
    focus: (at) => frame && show(focused(inSight(), at, frame.inner)),

    /** Two fingers come down: what lies between them stays between them. */
    pinch() {
      const start = inSight();
      return (from, now) => follow(pinched(start, shareAt(from.x, from.y), shareAt(now.x, now.y),
        from.spread / Math.max(now.spread, 1)));
    },

    /** The window that is in sight, as links say it. */
    zoomed: () => spelled(inSight(), whole()),

    /** Show the window that is spelled so, unless it is in sight. */
    zoomTo(zoom) {
      if (frame && zoom !== spelled(inSight(), whole())) show(unspelled(zoom, whole()));
    },

    picture: () => picture,

    /** All that is painted, the whole head first. */
    pictures: () => pictures,

    reset: () => frame && show(whole()),

    async resize() {
      if (frame && Math.abs(root.clientWidth - frame.width) > 1) {
        await layOut(frame.tokens, inSight());
        paintUnder();
      }
    },

    async relabel() {
      if (frame) await layOut(frame.tokens, inSight());
    },

    /** Geometry for what lies on top: corner and size of the cells, the visible range, the labels. */
    geometry() {
      if (!frame) return null;
      const view = inSight();
      const labelled = { rows: rowTicks(view.y).tickvals, columns: columnTicks(view.x).tickvals };
      return { ...frame, range: view, labelled };
    },

    /** Axes and labels as a picture in a data address, for saving. */
    toSvg: async () => Plotly.toImage(host, { format: "svg", width: frame.width, height: frame.height }),
  };
}

const pen = document.createElement("canvas").getContext("2d");

/** Margins that fit the longest labels, and cells that are as square as the room allows. */
function measureFrame(root, { queries, keys }) {
  pen.font = `bold 12px ${FONT}`;
  const widest = (tokens) => {
    const labels = new Set(tokens.map(labelOf));
    return Math.ceil([...labels].reduce((width, label) => Math.max(width, pen.measureText(label).width), 20));
  };
  const [rows, columns] = [queries.length, keys.length];
  const width = root.clientWidth;
  const left = widest(queries) + 34;
  const across = widest(keys);
  const angle = columns > 20 || (width - left) / columns < 26 ? -90 : -40;
  const above = Math.ceil(angle === -90 ? across + 6 : across * 0.65 + 14) + SHARE_BAND;
  const overhang = angle === -90 ? 8 : Math.min(60, Math.ceil(across * 0.77));
  const beside = Math.max(10, overhang - Math.floor((width - left) / columns / 2));
  const [right, below] = [queries, keys].map((tokens) => (segmentsOf(tokens).length ? SEGMENT_BAND : 0));
  const margin = { l: left, t: above, r: Math.max(beside, right), b: 26 + below };
  const innerWidth = Math.max(80, width - margin.l - margin.r);
  const innerHeight = Math.round(Math.min(innerWidth, Math.max(180, rows * 28), 620));
  return {
    width, height: innerHeight + margin.t + margin.b, margin, angle,
    inner: { width: innerWidth, height: innerHeight }, shareBand: SHARE_BAND,
  };
}
