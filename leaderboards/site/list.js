// A list of any length: only the rows that are seen are in the page.
"use strict";

class LongList {
  static height = 40;
  #box;
  #rows;
  #choose;
  #items = [];
  #at = -1;

  constructor(box, choose) {
    this.#box = box;
    this.#rows = box.firstElementChild;
    this.#choose = choose;
    box.addEventListener("scroll", () => this.#draw(), { passive: true });
    box.addEventListener("click", (event) => {
      const row = event.target.closest("[role=option]");
      if (row) this.go(Number(row.dataset.place));
    });
    box.addEventListener("keydown", (event) => this.#press(event));
    new ResizeObserver(() => this.#draw()).observe(box);
  }

  get at() {
    return this.#at;
  }

  get length() {
    return this.#items.length;
  }

  // Items are {key, text, value}; the chosen one stays chosen when it is among them.
  show(items, key) {
    this.#items = items;
    this.#rows.style.height = `${items.length * LongList.height}px`;
    this.#at = items.findIndex((item) => item.key === key);
    if (this.#at < 0 && items.length) this.go(0);
    else this.#reveal();
    this.#draw();
  }

  go(place) {
    if (!this.#items.length) return;
    this.#at = Math.max(0, Math.min(place, this.#items.length - 1));
    this.#reveal();
    this.#draw();
    this.#choose(this.#items[this.#at].key);
  }

  #reveal() {
    const top = this.#at * LongList.height;
    const { scrollTop, clientHeight } = this.#box;
    if (top < scrollTop) this.#box.scrollTop = top;
    else if (top + LongList.height > scrollTop + clientHeight) this.#box.scrollTop = top + LongList.height - clientHeight;
  }

  #press(event) {
    const page = Math.max(1, Math.floor(this.#box.clientHeight / LongList.height) - 1);
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity };
    if (event.key in steps) {
      event.preventDefault();
      this.go(this.#at + steps[event.key]);
    }
  }

  #draw() {
    const first = Math.max(0, Math.floor(this.#box.scrollTop / LongList.height) - 4);
    const last = Math.min(this.#items.length, first + Math.ceil(this.#box.clientHeight / LongList.height) + 9);
    const rows = [];
    for (let place = first; place < last; place++) {
      const item = this.#items[place];
      const row = document.createElement("div");
      row.id = `item-${place}`;
      row.dataset.place = place;
      row.setAttribute("role", "option");
      row.setAttribute("aria-selected", String(place === this.#at));
      row.setAttribute("aria-setsize", this.#items.length);
      row.setAttribute("aria-posinset", place + 1);
      row.style.top = `${place * LongList.height}px`;
      const name = document.createElement("bdi");
      name.textContent = item.text;
      const value = document.createElement("span");
      value.textContent = item.value;
      row.append(name, " ", value);
      rows.push(row);
    }
    this.#rows.replaceChildren(...rows);
    if (this.#at >= first && this.#at < last) this.#box.setAttribute("aria-activedescendant", `item-${this.#at}`);
    else this.#box.removeAttribute("aria-activedescendant");
  }
}
