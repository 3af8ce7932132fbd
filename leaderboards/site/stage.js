// Pictures of one face: side by side, one over the other, or as differences; all move and zoom together.
"use strict";

class Stage {
  static most = 32;
  #box;
  #panels = [];
  #scale = 1;
  #x = 0; // of the picture's centre from the panel's, in panels
  #y = 0;
  #share = 0.5;
  #fingers = new Map();
  #tell;

  constructor(box, tell) {
    this.#box = box;
    this.#tell = tell;
    box.addEventListener("keydown", (event) => this.#press(event));
    box.addEventListener("wheel", (event) => this.#turn(event), { passive: false });
    box.addEventListener("pointerdown", (event) => this.#down(event));
    box.addEventListener("pointermove", (event) => this.#move(event));
    for (const end of ["pointerup", "pointercancel"]) box.addEventListener(end, (event) => this.#fingers.delete(event.pointerId));
    box.addEventListener("dragstart", (event) => event.preventDefault());
  }

  get scale() {
    return this.#scale;
  }

  // Panels are {caption, sources: [upper, lower?], words, kind}; kind is "", "split" or "difference".
  show(panels, gain = 1) {
    while (this.#box.childElementCount > panels.length) this.#box.lastElementChild.remove();
    while (this.#box.childElementCount < panels.length) this.#box.append(Stage.#panel());
    this.#panels = [...this.#box.children];
    panels.forEach((panel, i) => Stage.#fill(this.#panels[i], panel, gain));
    this.#box.dataset.count = panels.length;
    this.#place();
  }

  share(part) {
    this.#share = part;
    this.#place();
  }

  zoom(factor, x = 0, y = 0) {
    const scale = Math.min(Stage.most, Math.max(1, this.#scale * factor));
    this.#x = x + (this.#x - x) * (scale / this.#scale); // what is under (x, y) stays there
    this.#y = y + (this.#y - y) * (scale / this.#scale);
    this.#scale = scale;
    this.#place();
  }

  fit() {
    [this.#scale, this.#x, this.#y] = [1, 0, 0];
    this.#place();
  }

  static #panel() {
    const figure = document.createElement("figure");
    const frame = document.createElement("div");
    frame.className = "split";
    const edge = document.createElement("span");
    edge.className = "edge";
    const words = document.createElement("p");
    words.className = "absent";
    frame.append(document.createElement("img"), document.createElement("img"), edge);
    const caption = document.createElement("figcaption");
    figure.append(frame, words, caption);
    return figure;
  }

  static #fill(figure, panel, gain) {
    const [frame, words, caption] = figure.children;
    const [lower, upper, edge] = frame.children;
    const shown = panel.sources.every(Boolean);
    frame.hidden = !shown;
    words.hidden = shown;
    words.textContent = shown ? "" : panel.words || "no picture";
    caption.textContent = panel.caption;
    frame.dataset.kind = panel.kind;
    edge.hidden = panel.kind !== "split";
    const sources = panel.kind === "" ? [panel.sources[0], null] : [panel.sources[1], panel.sources[0]];
    [lower, upper].forEach((image, i) => {
      image.hidden = !shown || !sources[i];
      image.alt = i === 0 || panel.kind === "split" ? panel.alts[panel.kind === "" ? 0 : 1 - i] : "";
      if (image.hidden) image.removeAttribute("src");
      else if (image.getAttribute("src") !== sources[i]) image.src = sources[i];
    });
    frame.style.filter = panel.kind === "difference" && gain > 1 ? `brightness(${gain})` : "";
  }

  #place() {
    const free = (this.#scale - 1) / 2;
    this.#x = Math.max(-free, Math.min(free, this.#x));
    this.#y = Math.max(-free, Math.min(free, this.#y));
    const share = `${100 * this.#share}%`;
    for (const figure of this.#panels) {
      const frame = figure.firstElementChild;
      const [lower, upper] = frame.children;
      const transform = `translate(${100 * this.#x}%, ${100 * this.#y}%) scale(${this.#scale})`;
      for (const image of [lower, upper]) {
        image.style.transform = transform;
        image.style.imageRendering = this.#scale >= 3 ? "pixelated" : "";
      }
      frame.style.setProperty("--share", share);
      // the share is of the panel: taken back through the transform to the picture
      const cut = 0.5 + (this.#share - 0.5 - this.#x) / this.#scale;
      upper.style.clipPath = frame.dataset.kind === "split" ? `inset(0 ${100 * (1 - Math.max(0, Math.min(1, cut)))}% 0 0)` : "";
    }
    this.#box.classList.toggle("zoomed", this.#scale > 1);
    this.#tell({ scale: this.#scale, share: this.#share });
  }

  #press(event) {
    const step = 0.1;
    const moves = { ArrowLeft: [step, 0], ArrowRight: [-step, 0], ArrowUp: [0, step], ArrowDown: [0, -step] };
    const zooms = { "+": 1.25, "=": 1.25, "-": 0.8 };
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key in moves && this.#scale > 1) {
      this.#x += moves[event.key][0];
      this.#y += moves[event.key][1];
      this.#place();
    } else if (event.key in zooms) this.zoom(zooms[event.key]);
    else if (event.key === "0") this.fit();
    else return;
    event.preventDefault();
  }

  // Where an event is in its panel, from -½ to ½ both ways, and the panel's size in px.
  #where(event) {
    const frame = event.target.closest?.(".split") ?? this.#panels[0].firstElementChild;
    const box = frame.getBoundingClientRect();
    return { x: (event.clientX - box.left) / box.width - 0.5, y: (event.clientY - box.top) / box.height - 0.5, size: box.width, frame };
  }

  #turn(event) {
    if (!event.target.closest(".split")) return;
    event.preventDefault();
    const { x, y } = this.#where(event);
    this.zoom(2 ** (-event.deltaY * (event.deltaMode ? 0.05 : 0.0025)), x, y);
  }

  #down(event) {
    if (!event.target.closest(".split")) return;
    const { x, frame } = this.#where(event);
    const nearEdge = Math.abs(x + 0.5 - this.#share) < 0.06;
    const slides = frame.dataset.kind === "split" && (nearEdge || this.#scale === 1);
    this.#fingers.set(event.pointerId, { x: event.clientX, y: event.clientY, slides });
    this.#box.setPointerCapture(event.pointerId);
    if (slides) this.share(Math.max(0, Math.min(1, x + 0.5)));
  }

  #move(event) {
    const finger = this.#fingers.get(event.pointerId);
    if (!finger) return;
    const panel = this.#panels[0].firstElementChild.getBoundingClientRect();
    const others = [...this.#fingers].filter(([id]) => id !== event.pointerId).map(([, other]) => other);
    if (others.length) {
      const apart = (one) => Math.hypot(one.x - others[0].x, one.y - others[0].y) || 1;
      const now = { x: event.clientX, y: event.clientY };
      const middle = { x: ((now.x + others[0].x) / 2 - panel.left) / panel.width - 0.5, y: ((now.y + others[0].y) / 2 - panel.top) / panel.height - 0.5 };
      this.zoom(apart(now) / apart(finger), middle.x, middle.y);
    } else if (finger.slides) {
      this.share(Math.max(0, Math.min(1, (event.clientX - panel.left) / panel.width)));
    } else {
      this.#x += (event.clientX - finger.x) / panel.width;
      this.#y += (event.clientY - finger.y) / panel.height;
      this.#place();
    }
    [finger.x, finger.y] = [event.clientX, event.clientY];
  }
}
