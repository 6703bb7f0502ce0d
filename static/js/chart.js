// The chart of a bot's page. It asks for its data every few seconds and changes only what changed.
(() => {
  const EVERY = 5000, BARS = 110, NEAR = 0.12, LABELS = 110;
  const { createChart, createSeriesMarkers, CandlestickSeries, LineSeries, LineStyle } = LightweightCharts;
  const INK = { take_profit: "ok-mark", break_even: "text-2", average: "brand", next_add_on: "warn-mark", zone_end: "warn-mark", stop_loss: "bad-mark" };
  const DASH = { take_profit: LineStyle.Solid, average: LineStyle.Solid, break_even: LineStyle.Dashed, stop_loss: LineStyle.Solid };
  const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
  const day = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
  const moment = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
  const inText = (format) => (seconds) => format.format(new Date(seconds * 1000));

  // As the page writes prices: 66,077.44.
  const inFull = (digits) => (price) => price.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });

  const card = () => document.getElementById("chart-card");
  const probe = document.createElement("span");
  const brush = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  let drawn = null;

  // The library knows neither variables nor oklch: one painted pixel turns any colour into rgb.
  function paint(name, alpha = 1) {
    probe.style.color = `var(--${name})`;
    brush.clearRect(0, 0, 1, 1);
    brush.fillStyle = getComputedStyle(probe).color;
    brush.fillRect(0, 0, 1, 1);
    const [red, green, blue] = brush.getImageData(0, 0, 1, 1).data;
    return `rgba(${red}, ${green}, ${blue}, ${alpha})`;
  }

  // The band of prices in which the next add-on is allowed.
  class Zone {
    attached({ series, requestUpdate }) { this.series = series; this.ask = requestUpdate; }
    set(zone, side) { this.zone = zone; this.side = side; this.ask?.(); }
    updateAllViews() {}
    paneViews() { return [this]; }
    zOrder() { return "bottom"; }
    renderer() { return this; }
    draw(target) {
      if (!this.zone) return;
      target.useBitmapCoordinateSpace(({ context, bitmapSize, verticalPixelRatio }) => {
        const end = this.zone.to === null ? null : this.series.priceToCoordinate(this.zone.to) * verticalPixelRatio;
        const from = this.series.priceToCoordinate(this.zone.from) * verticalPixelRatio;
        const to = end ?? (this.side === "short" ? 0 : bitmapSize.height);
        context.fillStyle = paint("warn-mark", 0.12);
        context.fillRect(0, Math.min(from, to), bitmapSize.width, Math.abs(to - from));
      });
    }
  }

  // Levels that are near belong into the picture; a far one must not flatten the candles.
  function withLevels(original) {
    const found = original();
    if (!found?.priceRange || !drawn) return found;
    const { minValue, maxValue } = found.priceRange;
    const near = drawn.levels.map((level) => level.price).filter((price) => price > minValue * (1 - NEAR) && price < maxValue * (1 + NEAR));
    return { ...found, priceRange: { minValue: Math.min(minValue, ...near), maxValue: Math.max(maxValue, ...near) } };
  }

  function begin(host, digits) {
    const chart = createChart(host, {
      autoSize: true,
      layout: { attributionLogo: false, background: { color: "transparent" }, fontSize: 11, fontFamily: getComputedStyle(host).fontFamily },
      rightPriceScale: { borderVisible: false },
      timeScale: { borderVisible: false, timeVisible: true, rightOffset: 3, tickMarkFormatter: (time, type) => inText(type > 2 ? clock : day)(time) },
      localization: { timeFormatter: inText(moment), priceFormatter: inFull(digits) },
      handleScroll: { vertTouchDrag: false, mouseWheel: false },
      handleScale: { mouseWheel: false },
    });
    const priceFormat = { type: "price", precision: digits, minMove: 10 ** -digits };
    const candles = chart.addSeries(CandlestickSeries, { priceFormat, borderVisible: false, priceLineStyle: LineStyle.Dotted, autoscaleInfoProvider: withLevels });
    const quiet = { lastValueVisible: false, priceLineVisible: false, crosshairMarkerVisible: false };
    const decay = chart.addSeries(LineSeries, { ...quiet, priceFormat, lineWidth: 2, lineStyle: LineStyle.Dashed, autoscaleInfoProvider: () => null });
    const zone = new Zone();
    candles.attachPrimitive(zone);
    return { chart, candles, decay, zone, markers: createSeriesMarkers(candles, []), lines: new Map(), levels: [], told: {} };
  }

  function colour() {
    if (!drawn) return;
    const line = paint("line");
    drawn.chart.applyOptions({ layout: { textColor: paint("text-3") }, grid: { vertLines: { color: line }, horzLines: { color: line } } });
    drawn.candles.applyOptions({ upColor: paint("ok-mark"), wickUpColor: paint("ok-mark"), downColor: paint("bad-mark"), wickDownColor: paint("bad-mark") });
    drawn.decay.applyOptions({ color: paint("ok-mark") });
    for (const [kind, shown] of drawn.lines) shown.applyOptions({ color: paint(INK[kind]) });
    mark(drawn.fills ?? []);
  }

  function mark(fills) {
    drawn.fills = fills;
    drawn.markers.setMarkers(fills.filter((fill) => fill.time >= drawn.first).map((fill) => ({
      time: fill.time, text: fill.text, color: paint(fill.kind === "exit" ? "ok-mark" : "brand"),
      // At the price that was paid, not at the candle's end.
      price: fill.price, position: fill.side === "buy" ? "atPriceBottom" : "atPriceTop", shape: fill.side === "buy" ? "arrowUp" : "arrowDown",
    })));
  }

  function level(levels) {
    drawn.levels = levels;
    const kept = new Set(levels.map((one) => one.kind));
    for (const [kind, line] of drawn.lines) if (!kept.has(kind)) { drawn.candles.removePriceLine(line); drawn.lines.delete(kind); }
    for (const { kind, label, price } of levels) {
      if (drawn.lines.has(kind)) drawn.lines.get(kind).applyOptions({ price });
      else drawn.lines.set(kind, drawn.candles.createPriceLine({ price, title: drawn.names ? label : "", color: paint(INK[kind]), lineWidth: 1, lineStyle: DASH[kind] ?? LineStyle.Dotted }));
    }
  }

  // Only what differs from the last time is handed on.
  function changed(name, value) {
    const text = JSON.stringify(value);
    if (drawn.told[name] === text) return false;
    drawn.told[name] = text;
    return true;
  }

  // So many bars are left free that the names of the levels stand beside the candles and not on them.
  // A phone has no room for them: there the table below names the levels.
  const hasNames = (host) => host.clientWidth > 5 * LABELS;
  const room = (host) => hasNames(host) ? Math.ceil((BARS * LABELS) / (host.clientWidth - 2 * LABELS)) : 0;

  function draw(src, host, data) {
    const isNew = drawn?.src !== src;
    if (isNew && !data.candles.length) return;
    if (isNew) {
      drawn?.chart.remove();
      drawn = { ...begin(host, data.digits), src, first: data.candles[0].time, names: hasNames(host) };
      drawn.candles.setData(data.candles);
    } else for (const candle of data.candles) drawn.candles.update(candle);
    drawn.last = data.candles.at(-1)?.time ?? drawn.last;
    drawn.end = data.candles.at(-1) ?? drawn.end;
    follow();
    if (changed("levels", data.levels)) level(data.levels);
    if (changed("markers", data.markers)) mark(data.markers);
    if (changed("zone", data.zone)) drawn.zone.set(data.zone, data.side);
    if (changed("decay", data.decay)) drawn.decay.setData(data.decay);
    if (isNew) {
      colour();
      const bars = data.candles.length, ahead = data.decay.filter((point) => point.time > drawn.last).length;
      drawn.chart.timeScale().setVisibleLogicalRange({ from: bars - BARS, to: bars + Math.max(ahead, room(host)) + 3 });
    }
  }

  // The card is asked for oftener than the candles: the last of them ends at its price.
  function follow() {
    const price = Number(card()?.dataset.price.replaceAll(",", ""));
    const { end, candles } = drawn ?? {};
    if (!end || !price || drawn.src !== card().dataset.src) return;
    candles.update({ ...end, close: price, high: Math.max(end.high, price), low: Math.min(end.low, price) });
  }

  async function refresh() {
    const place = card(), host = document.getElementById("chart");
    if (!place || !host || isSpared("chart")) return;
    const src = place.dataset.src, since = drawn?.src === src ? `&since=${drawn.last}` : "";
    try {
      const answer = await fetch(src + since, { headers: { Accept: "application/json" } });
      if (!answer.ok || place.dataset.src !== src) return;
      draw(src, host, await answer.json());
      document.getElementById("chart-wait").hidden = drawn?.src === src;
    } catch { /* The next look tries again; app.js says when the server is away. */ }
  }

  document.addEventListener("DOMContentLoaded", () => {
    probe.hidden = true;
    document.body.append(probe);
    refresh();
    setInterval(refresh, EVERY);
    document.addEventListener("htmx:after:swap", () => {
      if (drawn && drawn.src !== card()?.dataset.src) refresh();
      else follow();
    });
    document.addEventListener("visibilitychange", refresh);
    new MutationObserver(colour).observe(document.documentElement, { attributeFilter: ["data-theme"] });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", colour);
  });
})();
