// Runs before the page is drawn: the reader's choice of colours, and that there is script at all.
"use strict";

{
  const root = document.documentElement;
  const choices = ["auto", "light", "dark"];
  const read = () => {
    try {
      return localStorage.getItem("bfrbench-theme") ?? "auto";
    } catch {
      return "auto"; // a browser that keeps nothing for pages on disk
    }
  };
  const show = (theme) => {
    if (theme === "auto") delete root.dataset.theme;
    else root.dataset.theme = theme;
  };
  let theme = choices.includes(read()) ? read() : "auto";
  root.classList.add("with-script");
  show(theme);
  addEventListener("DOMContentLoaded", () => {
    const button = document.getElementById("theme");
    const tell = () => {
      button.textContent = { auto: "◐", light: "☀", dark: "☾" }[theme];
      button.setAttribute("aria-label", `Colours: ${theme === "auto" ? "as the system" : theme}`);
    };
    button.addEventListener("click", () => {
      theme = choices[(choices.indexOf(theme) + 1) % choices.length];
      show(theme);
      tell();
      try {
        localStorage.setItem("bfrbench-theme", theme);
      } catch {
        // then the choice holds for this page alone
      }
    });
    tell();
  });
}
