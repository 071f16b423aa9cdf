// Theme, keyboard, polls that pause, copy buttons, sessions that end. Every page works without this file.
(() => {
  "use strict";
  const root = document.documentElement;
  const all = (css) => [...document.querySelectorAll(css)];

  const dark = matchMedia("(prefers-color-scheme: dark)");
  const follow = () => {
    if (root.dataset.theme === "system") root.dataset.bsTheme = dark.matches ? "dark" : "light";
  };
  dark.addEventListener("change", follow);
  follow();

  const say = (text) => {
    const status = document.getElementById("status");
    if (status) status.textContent = text;
  };

  const copy = async (text) => {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const box = document.createElement("textarea");
      box.value = text;
      box.className = "visually-hidden";
      document.body.append(box);
      box.select();
      document.execCommand("copy");
      box.remove();
    }
    say("Copied");
  };

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy],[data-copy-from],[data-copy-url]");
    if (!button || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const { copy: text, copyUrl, copyFrom } = button.dataset;
    if (text) await copy(text);
    else if (copyUrl) await copy(await (await fetch(copyUrl)).text());
    else if (copyFrom) await copy(button.closest(".inner").querySelector("code").textContent);
    button.classList.add("copied");
    setTimeout(() => button.classList.remove("copied"), 1500);
  });

  // Buttons that need this file are hidden until it is there, also those that a poll brings anew.
  const reveal = () => {
    for (const button of all("button[hidden][data-copy-from],button[hidden][data-copy-url]")) {
      button.hidden = false;
    }
  };
  document.addEventListener("DOMContentLoaded", reveal);
  document.addEventListener("htmx:after:swap", reveal);

  // A form morphed in says what was sent, also where a field had been typed into before.
  document.addEventListener("htmx:after:swap", () => {
    const form = document.querySelector("form[data-as-sent]");
    if (!form) return;
    form.reset();
    const next = form.querySelector("[data-focus]");
    if (next) next.focus();
    else if (document.activeElement === document.body) form.querySelector("#save")?.focus();
  });

  // A poll in a tab that nobody sees is dropped; the next one comes by itself.
  document.addEventListener("htmx:before:request", (event) => {
    const trigger = event.target.getAttribute?.("hx-trigger") || "";
    if (document.hidden && trigger.includes("every ")) event.preventDefault();
  });

  // Before a session ends unused its page offers to stay. Opening a page is use, so this one is
  // asked for once more, beside what is typed into it.
  let ending = 0;
  const countDown = () => {
    const box = document.getElementById("idle");
    if (!box) return;
    box.hidden = true;
    clearTimeout(ending);
    ending = setTimeout(() => {
      box.hidden = false;
      say(box.querySelector("span").textContent);
    }, box.dataset.after * 1000);
  };
  // What is sent after the end waits for its person; leaving the page would lose it.
  const typed = () =>
    all("form[method=post] :is(input,textarea)").some(
      (one) => one.value !== one.defaultValue || one.checked !== one.defaultChecked,
    );
  document.addEventListener("DOMContentLoaded", countDown);
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("#idle button");
    if (!button) return;
    const answer = await fetch(location.href).catch(() => null);
    if (answer?.redirected && typed()) {
      button.hidden = true;
      say((button.previousElementSibling.textContent = button.dataset.over));
    } else if (answer?.redirected) location.reload();
    else if (answer?.status < 500) countDown(); // a page that was sent has no GET, but is use
  });

  let waiting = 0;
  const open = (css) => document.querySelector(css)?.click();
  const move = (by) => {
    const links = all(".list-table tbody tr")
      .filter((row) => row.offsetParent)
      .map((row) => row.querySelector("a"))
      .filter(Boolean);
    const here = links.findIndex((link) => link.closest("tr").contains(document.activeElement));
    links[Math.max(0, Math.min(links.length - 1, here + by))]?.focus();
  };
  const keys = {
    "/": () => document.getElementById("search")?.focus(),
    "?": () => document.getElementById("keys")?.togglePopover(),
    g: () => (waiting = Date.now()),
    j: () => move(1),
    k: () => move(-1),
    o: () => {
      const step = document.activeElement?.closest(".step") || document.querySelector(".step");
      if (step) step.open = !step.open;
    },
    "[": () => open("a[rel=prev]"),
    "]": () => open("a[rel=next]"),
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || document.body.dataset.keys === "off") return;
    if (event.target.closest("input,textarea,select,[contenteditable]")) return;
    const page = Date.now() - waiting < 1500 && document.querySelector(`.nav-item[data-key="${CSS.escape(event.key)}"]`);
    waiting = 0;
    if (page) page.click();
    else if (keys[event.key]) keys[event.key]();
    else return;
    event.preventDefault();
  });
})();
