// The values of single images. Pages on disk may load scripts alone, so every file is a script of one call.
"use strict";

const bfrbench = (() => {
  const arrived = new Map(); // file → what to do when it is there
  const known = new Map(); // file → promise of a restorer's values
  let index = null;

  // Whole numbers of the last printed digit: 0 is no value, 1 is infinity, n + 2 is n above the least.
  function unpack([least, size, text], digits) {
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    const codes = size === 2 ? new Uint16Array(bytes.buffer) : new Uint32Array(bytes.buffer);
    const unit = 10 ** digits;
    return Float64Array.from(codes, (code) => (code === 0 ? NaN : code === 1 ? Infinity : (code - 2 + least) / unit));
  }

  function load(file) {
    if (!known.has(file)) {
      known.set(
        file,
        new Promise((resolve, reject) => {
          const script = document.createElement("script");
          arrived.set(file, resolve);
          script.addEventListener("error", () => reject(new Error(`The values of ${file} are not there.`)));
          script.src = `values/of-${file}.js`;
          document.head.append(script);
        }),
      );
    }
    return known.get(file);
  }

  return {
    load,
    get about() {
      return index;
    },
    index(given) {
      index = given;
      document.dispatchEvent(new Event("values"));
    },
    values(file, given) {
      const digits = new Map(index.metrics.map((metric) => [metric.id, metric.digits]));
      const values = Object.entries(given.values).map(([metric, packed]) => [metric, unpack(packed, digits.get(metric))]);
      arrived.get(file)?.({ values: new Map(values), pictures: given.pictures ?? [], words: given.words ?? {} });
    },
  };
})();
