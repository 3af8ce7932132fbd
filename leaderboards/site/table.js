// Sorting for tables whose headers hold a button each; they read well without it.
"use strict";

const headersOf = (table) => [...table.tHead.rows].at(-1).cells;

function sorted(header) {
  const now = header.getAttribute("aria-sort");
  const first = header.dataset.first;
  const other = first === "ascending" ? "descending" : "ascending";
  return now === first ? other : first;
}

function compare(a, b, kind, sign) {
  if (kind === "text") return sign * a.localeCompare(b);
  if (a === "" || b === "") return (a === "") - (b === ""); // no value comes last, both ways
  return sign * (Number(a) - Number(b) || 0); // ∞ - ∞ is NaN: equal
}

function sortBy(table, header) {
  const order = sorted(header);
  const sign = order === "ascending" ? 1 : -1;
  const place = header.cellIndex;
  const value = (row) => row.cells[place].dataset.value;
  for (const body of table.tBodies) {
    const rows = [...body.rows].filter((row) => !row.classList.contains("heading"));
    rows.sort((a, b) => compare(value(a), value(b), header.dataset.kind, sign));
    body.append(...rows);
  }
  for (const each of header.parentElement.cells) each.setAttribute("aria-sort", "none");
  header.setAttribute("aria-sort", order);
  const label = header.dataset.label ?? "name";
  const way = order === header.dataset.first ? "best first" : "best last";
  table.caption.querySelector("[role=status]").textContent =
    header.dataset.kind === "text" ? `Sorted by name, ${order}.` : `Sorted by ${label}, ${way}.`;
}

function startSorting(table) {
  for (const header of headersOf(table)) {
    const button = header.querySelector("button");
    button.disabled = false;
    button.addEventListener("click", () => sortBy(table, header));
  }
}
