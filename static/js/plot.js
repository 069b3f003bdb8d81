/**
 * The heatmap: Plotly draws axes, labels, zoom and pan, and up to SMALL tokens the cells too.
 * Above, cells are painted on a canvas laid exactly under the transparent plot: no picture has to be
 * encoded, decoded or laid out again, so a change of head costs one pass over its bytes.
 */
import { fitCanvas, h } from "./dom.js";
import { css, place } from "./colour.js";
import { paintHead } from "./paint.js";
import { drawnWeight, isMasked } from "./picture.js";
import { labelOf, ticks } from "./ticks.js";
import { escapeLabel } from "./tokens.js";
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
      reject(new Error("Plotly did not load"));
    },
  }));
});

/**
 * @param {HTMLElement} root
 * @param {{onRange: () => void}} events  the visible window has changed
 */
export function createPlot(root, { onRange }) {
  const under = h("canvas", { class: "plot-cells" });
  const host = h("div", { class: "plot-axes" });
  root.replaceChildren(under, host);
  let Plotly = null;
  let frame = null;
  let picture = null;
  let busy = false;
  let listening = false;
  let [wanted, drawnWindow] = [null, null];

  const whole = () => ({
    x: [-0.5, picture.block.columns - 0.5],
    y: [picture.block.rows - 0.5, -0.5],
  });
  const range = () => {
    const { xaxis, yaxis } = host.layout;
    return { x: [...xaxis.range], y: [...yaxis.range] };
  };
  const upright = ({ x, y }) => ({ x, y: [y[1], y[0]] });

  /** Show this picture; `tokens` are those of its axes. Returns when it is painted. */
  async function draw(next, tokens) {
    Plotly ??= await loadPlotly();
    const fresh = !picture || picture.block.rows !== next.block.rows
      || picture.block.columns !== next.block.columns || frame.tokens.queries !== tokens.queries;
    const recoloured = picture?.colours !== next.colours;
    picture = next;
    if (fresh || recoloured) await layOut(tokens, fresh ? whole() : range());
    else if (traced()) await Plotly.react(host, traces(), host.layout, CONFIG);
    paintUnder();
  }

  const traced = () => picture.block.columns <= SMALL && picture.block.rows <= SMALL;

  async function layOut(tokens, view) {
    frame = { tokens, ...measureFrame(root, picture.block, tokens) };
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
    host.on("plotly_doubleclick", () => setRange(whole()));
  }

  function traces() {
    const { block, sinkColumns, scale, top, ramp } = picture;
    const z = Array.from({ length: block.rows }, (_, row) =>
      Array.from({ length: block.columns }, (_, column) =>
        (sinkColumns[column] || isMasked(picture, row, column)
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
      xaxis: { ...axis(picture.block.columns), side: "top", range: view.x, tickangle: frame.angle,
        ticklen: SHARE_BAND, ...columnTicks(view.x) },
      yaxis: { ...axis(picture.block.rows), range: view.y, ...rowTicks(view.y) },
      annotations: [
        title(t("head.queryAxis"), { x: 0, xshift: 14 - frame.margin.l, y: 0.5, textangle: -90, xanchor: "center" }),
        title(t("head.keyAxis"), { x: 0.5, y: 0, yshift: -22, yanchor: "bottom" }),
      ],
    };
  }

  const columnTicks = (visible) => ticks(frame.tokens.keys, picture.block.columnBins, visible,
    frame.inner.width, frame.angle === -90 ? 16 : 22);
  const rowTicks = (visible) => ticks(frame.tokens.queries, picture.block.rowBins, visible,
    frame.inner.height, 17);

  /** Nothing to pan while all is visible: then a drag draws the window to zoom to. */
  function dragMode(view) {
    const all = whole();
    return view.x[1] - view.x[0] >= all.x[1] - all.x[0] - 1e-6
      && view.y[0] - view.y[1] >= all.y[0] - all.y[1] - 1e-6 ? "zoom" : "pan";
  }

  function moving(change) {
    const now = range();
    paintUnder({
      x: [change["xaxis.range[0]"] ?? now.x[0], change["xaxis.range[1]"] ?? now.x[1]],
      y: [change["yaxis.range[0]"] ?? now.y[0], change["yaxis.range[1]"] ?? now.y[1]],
    });
  }

  async function moved() {
    if (busy) return;
    await setRange(range());
  }

  /** One `react` draws labels once; `relayout` with a range and labels draws them several times. */
  async function setRange(view) {
    busy = true;
    await Plotly.react(host, host.data, layout(clamp(view)), CONFIG);
    busy = false;
    paintUnder();
  }

  /** Fingers move faster than labels are drawn: only the newest window counts. */
  async function follow(view) {
    const idle = wanted === null;
    wanted = view;
    while (idle && wanted !== drawnWindow) {
      drawnWindow = wanted;
      await setRange(drawnWindow);
    }
    if (idle) wanted = null;
  }

  function clamp({ x, y }) {
    const all = whole();
    const inside = ([from, to], [low, high]) => {
      const span = Math.min(high - low, Math.max(4, to - from));
      const start = Math.min(high - span, Math.max(low, (from + to - span) / 2));
      return [start, start + span];
    };
    const [top, bottom] = inside([y[1], y[0]], [all.y[1], all.y[0]]);
    return { x: inside(x, all.x), y: [bottom, top] };
  }

  function paintUnder(view = range()) {
    const { margin, inner } = frame;
    under.style.left = `${margin.l}px`;
    under.style.top = `${margin.t}px`;
    const context = fitCanvas(under, inner.width, inner.height);
    paintHead(context, picture, upright(view), inner, !traced());
    onRange(upright(view));
  }

  return {
    draw,
    host,

    /** Zoom in on `cell`, or out from where the window is. */
    zoom(factor, cell) {
      if (!frame) return;
      const { x, y } = range();
      const around = ([from, to], middle) =>
        [middle - ((to - from) * factor) / 2, middle + ((to - from) * factor) / 2];
      const middle = ([from, to]) => (from + to) / 2;
      setRange({ x: around(x, cell?.column ?? middle(x)), y: around(y, cell?.row ?? middle(y)) });
    },

    /** Move the window by a share of its size. */
    pan(down, right) {
      const { x, y } = range();
      const by = ([from, to], share) => [from + (to - from) * share, to + (to - from) * share];
      setRange({ x: by(x, right), y: by(y, -down) });
    },

    /** Move the window as little as shows this cell. */
    reveal({ row, column }) {
      const { x, y } = range();
      const outside = (low, high, at) => Math.min(0, at - 0.5 - low) + Math.max(0, at + 0.5 - high);
      const [right, down] = [outside(...x, column), outside(y[1], y[0], row)];
      if (right || down) setRange({ x: x.map((at) => at + right), y: y.map((at) => at + down) });
    },

    /** Two fingers come down: what lies between them stays between them. */
    pinch() {
      const start = upright(range());
      const box = root.getBoundingClientRect();
      const { margin, inner } = frame;
      const across = ({ x }) => (x - box.left - margin.l) / inner.width;
      const down = ({ y }) => (y - box.top - margin.t) / inner.height;
      const moved = ([low, high], from, now, zoom) => {
        const first = low + from * (high - low) - now * (high - low) * zoom;
        return [first, first + (high - low) * zoom];
      };
      return (from, now) => {
        const zoom = from.spread / Math.max(now.spread, 1);
        const y = moved(start.y, down(from), down(now), zoom);
        follow({ x: moved(start.x, across(from), across(now), zoom), y: [y[1], y[0]] });
      };
    },

    picture: () => picture,

    reset: () => frame && setRange(whole()),

    async resize() {
      if (frame && Math.abs(root.clientWidth - frame.width) > 1) {
        await layOut(frame.tokens, range());
        paintUnder();
      }
    },

    async relabel() {
      if (frame) await layOut(frame.tokens, range());
    },

    /** Geometry for what lies on top: corner and size of the cells, the visible range, the labels. */
    geometry() {
      if (!frame) return null;
      const view = range();
      const labelled = { rows: rowTicks(view.y).tickvals, columns: columnTicks(view.x).tickvals };
      return { ...frame, range: upright(view), labelled };
    },

    /** Axes and labels as a picture in a data address, for saving. */
    toSvg: async () => Plotly.toImage(host, { format: "svg", width: frame.width, height: frame.height }),
  };
}

const pen = document.createElement("canvas").getContext("2d");

/** Margins that fit the longest labels, and cells that are as square as the room allows. */
function measureFrame(root, { rows, columns, rowBins, columnBins }, tokens) {
  pen.font = `bold 12px ${FONT}`;
  const widest = (of, bins, count) => {
    let width = 20;
    for (let i = 0; i < count; i += 1) width = Math.max(width, pen.measureText(labelOf(of, bins, i)).width);
    return Math.ceil(width);
  };
  const width = root.clientWidth;
  const left = widest(tokens.queries, rowBins, rows) + 34;
  const across = widest(tokens.keys, columnBins, columns);
  const angle = columns > 20 || (width - left) / columns < 26 ? -90 : -40;
  const above = Math.ceil(angle === -90 ? across + 6 : across * 0.65 + 14) + SHARE_BAND;
  const overhang = angle === -90 ? 8 : Math.min(60, Math.ceil(across * 0.77));
  const margin = { l: left, t: above, r: Math.max(10, overhang - Math.floor((width - left) / columns / 2)), b: 26 };
  const innerWidth = Math.max(80, width - margin.l - margin.r);
  const innerHeight = Math.round(Math.min(innerWidth, Math.max(180, rows * 28), 620));
  return {
    width, height: innerHeight + margin.t + margin.b, margin, angle,
    inner: { width: innerWidth, height: innerHeight }, shareBand: SHARE_BAND,
  };
}
