/* A measured value over runs: interval, limits, versions. The page has the same numbers as a table. */
(() => {
  "use strict";

  /* A token as the colour that the current theme makes of it. */
  const css = (element, name) => {
    element.style.color = `var(${name})`;
    const colour = getComputedStyle(element).color;
    element.style.color = "";
    return colour;
  };
  const shades = (element) => ({
    line: css(element, "--chart-line"),
    limit: css(element, "--chart-limit"),
    bad: css(element, "--chart-bad"),
    grid: css(element, "--chart-grid"),
    text: css(element, "--chart-text"),
    pass: css(element, "--tone-pass"),
    fail: css(element, "--tone-fail"),
    grey: css(element, "--tone-grey"),
  });

  /* Neighbours with the same limit, as [limit, first index, last index]; none where there is no limit. */
  const stretches = (limits) => {
    const found = [];
    limits.forEach((limit, index) => {
      const open = found[found.length - 1];
      if (limit === null) return;
      if (open && open[0] === limit && open[2] === index - 1) open[2] = index;
      else found.push([limit, index, index]);
    });
    return found;
  };

  /* The side of a limit where values are not allowed: each point by the limit that judged it. */
  const shadeLimits = (data, colour) => (plot) => {
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    ctx.fillStyle = colour.bad;
    ctx.strokeStyle = colour.limit;
    ctx.lineWidth = devicePixelRatio;
    ctx.setLineDash([5 * devicePixelRatio, 4 * devicePixelRatio]);
    for (const [limits, below] of [[data.min, true], [data.max, false]]) {
      for (const [limit, first, last] of stretches(limits)) {
        const y = plot.valToPos(limit, "y", true);
        const left = plot.valToPos(first - 0.5, "x", true);
        const width = plot.valToPos(last + 0.5, "x", true) - left;
        if (below) ctx.fillRect(left, y, width, bbox.top + bbox.height - y);
        else ctx.fillRect(left, bbox.top, width, y - bbox.top);
        ctx.beginPath();
        ctx.moveTo(left, y);
        ctx.lineTo(left + width, y);
        ctx.stroke();
      }
    }
    ctx.restore();
  };

  /* Intervals as whiskers, values as dots in the colour of their outcome, versions as marks. */
  const drawPoints = (data, colour) => (plot) => {
    const { ctx, bbox } = plot;
    const unit = devicePixelRatio;
    ctx.save();
    ctx.font = `${11 * unit}px system-ui, sans-serif`;
    let version = null;
    let labelEnd = -Infinity;
    data.value.forEach((value, index) => {
      const x = plot.valToPos(index, "x", true);
      if (data.version[index] !== version) {
        version = data.version[index];
        ctx.strokeStyle = colour.grid;
        ctx.lineWidth = unit;
        ctx.beginPath();
        ctx.moveTo(x, bbox.top);
        ctx.lineTo(x, bbox.top + bbox.height);
        ctx.stroke();
        if (x > labelEnd + 8 * unit) {
          ctx.fillStyle = colour.text;
          const text = version.length > 14 ? `${version.slice(0, 13)}…` : version;
          ctx.fillText(text, x + 4 * unit, bbox.top + 11 * unit);
          labelEnd = x + ctx.measureText(text).width;
        }
      }
      if (value === null) return;
      const shade = { pass: colour.pass, fail: colour.fail }[data.outcome[index]] || colour.grey;
      const ends = [data.low[index] ?? plot.scales.y.min, data.high[index] ?? plot.scales.y.max];
      const [low, high] = ends.map((end) => plot.valToPos(end, "y", true));
      ctx.strokeStyle = shade;
      ctx.lineWidth = 2 * unit;
      ctx.beginPath();
      ctx.moveTo(x, low);
      ctx.lineTo(x, high);
      for (const end of [low, high]) {
        ctx.moveTo(x - 4 * unit, end);
        ctx.lineTo(x + 4 * unit, end);
      }
      ctx.stroke();
      ctx.fillStyle = shade;
      ctx.beginPath();
      ctx.arc(x, plot.valToPos(value, "y", true), 4.5 * unit, 0, 2 * Math.PI);
      ctx.fill();
    });
    ctx.restore();
  };

  const range = (data) => {
    const all = [...data.value, ...data.low, ...data.high, ...data.min, ...data.max];
    const known = all.filter((value) => value !== null);
    const [low, high] = [Math.min(...known), Math.max(...known)];
    const pad = (high - low || 0.1) * 0.18;
    return [low - pad, high + pad];
  };

  /* The room inside the padding. */
  const inner = (element) => {
    const style = getComputedStyle(element);
    return element.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
  };

  const day = (seconds) => new Date(seconds * 1000).toISOString().slice(0, 10);

  const draw = (element) => {
    const data = JSON.parse(element.dataset.series);
    if (!data.value.some((value) => value !== null)) return;
    const colour = shades(element);
    const last = data.value.length - 1;
    const axis = { stroke: colour.text, grid: { stroke: colour.grid, width: 1 }, ticks: { show: false } };
    const options = {
      width: inner(element),
      height: 240,
      cursor: { show: false },
      legend: { show: false },
      scales: { x: { time: false, range: () => [-0.5, last + 0.5] }, y: { range: () => range(data) } },
      axes: [
        {
          ...axis,
          grid: { show: false },
          splits: () => data.time.map((_, index) => index),
          values: (plot, splits) => {
            const step = Math.ceil(splits.length / Math.max(1, Math.floor(inner(element) / 110)));
            return splits.map((index) => (index % step === 0 ? day(data.time[index]) : ""));
          },
        },
        { ...axis, size: 56 },
      ],
      series: [{}, { stroke: colour.line, width: 1.5, points: { show: false }, spanGaps: false }],
      hooks: { drawClear: [shadeLimits(data, colour)], draw: [drawPoints(data, colour)] },
    };
    element.replaceChildren();
    return new window.uPlot(options, [data.time.map((_, index) => index), data.value], element);
  };

  const drawAll = () => {
    for (const element of document.querySelectorAll("[data-series]")) draw(element);
  };

  document.addEventListener("DOMContentLoaded", drawAll);
  document.addEventListener("shield:theme", () => requestAnimationFrame(drawAll));
  let width = window.innerWidth;
  window.addEventListener("resize", () => {
    if (window.innerWidth !== width) drawAll();
    width = window.innerWidth;
  });
})();
