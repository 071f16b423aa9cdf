// Tells a page apart into blocks, and each block from others by what axe's rules can see of it, so
// that the tests need not look again at what was found clean. Used by tests/browser/checker.py.
window.blocks = (() => {
  // A larger element is looked at as its children, each by itself.
  const LARGE = 15;
  // Values that neither a style nor a rule depends on; that they are there counts.
  const FREE = new Set([
    "href", "action", "id", "for", "name", "title", "datetime", "src", "placeholder",
    "d", "points", "x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "width", "height", "viewBox",
    "transform", "data-key", "data-after", "data-copy",
  ]);
  // The values of options that app.css asks for.
  const ASKED_FOR = new Set(["required", "mapping"]);
  let found = [];

  // 53 bits (cyrb53): a page has a few dozen blocks.
  const digest = (text) => {
    let a = 0xdeadbeef, b = 0x41c6ce57;
    for (let at = 0; at < text.length; at += 1) {
      const code = text.charCodeAt(at);
      a = Math.imul(a ^ code, 2654435761);
      b = Math.imul(b ^ code, 1597334677);
    }
    a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
    b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
    return (4294967296 * (2097151 & b) + (a >>> 0)).toString(36);
  };

  // Codes, tokens, times and numbers differ wherever a page is opened.
  const tidy = (text) => text
    .replace(/\b(?=\w*\d)[\w-]{12,}\b/g, "#")
    .replace(/\d+/g, "0")
    .replace(/\s+/g, " ")
    .trim();

  // Of a text that is only looked at: whether it may take more than a line on a phone.
  const length = (text) => (text ? (text.length < 32 ? "~" : "~~") : "");

  const leadsTo = (ids) => ids.split(/\s+/).map((id) => (document.getElementById(id) ? "+" : "-"));

  const attribute = ({name, value}, element, words) => {
    if (/^aria-(labelledby|describedby|controls|owns)$/.test(name)) return leadsTo(value);
    if (name === "value") return ASKED_FOR.has(value) ? value : "";
    if (name === "aria-label" || name === "data-label") {
      return words ? tidy(value) : length(value.trim());
    }
    return FREE.has(name) || name.startsWith("hx-") ? "" : tidy(value);
  };

  // What styles can ask for and no attribute says.
  const STATES = [":popover-open", ":modal", ":checked", ":disabled", ":focus"];

  const own = (element, words) => {
    const told = [...element.attributes].map((one) => `${one.name}=${attribute(one, element, words)}`);
    const states = STATES.filter((one) => element.matches(one));
    return `${element.localName} ${told.sort().join(" ")} ${states.join("")}`;
  };

  const text = (node, words) => (words ? tidy(node.data) : length(node.data.trim()));

  const told = (node, words) => {
    if (node.nodeType === Node.TEXT_NODE) return text(node, words);
    if (node.nodeType !== Node.ELEMENT_NODE) return "";
    const inner = [...node.childNodes].map((one) => told(one, words)).filter((one) => one);
    // The same thing after itself, as in a list, shows nothing new.
    const fresh = inner.filter((one, at) => one !== inner[at - 1]);
    return `<${own(node, words)}>${fresh.join("|")}</>`;
  };

  // An element without what is in its elements.
  const shell = (element) => {
    const nodes = [...element.childNodes].filter((one) => one.nodeType === Node.TEXT_NODE);
    const texts = new Set(nodes.map((one) => text(one, false)));
    return `${own(element, false)}${[...texts].sort().join("")}`;
  };

  const split = (element, above, into) => {
    if (element.children.length && element.querySelectorAll("*").length > LARGE) {
      const chain = `${above}/${shell(element)}`;
      for (const child of element.children) split(child, chain, into);
    } else {
      into.push([element, digest(`${above}/${told(element, false)}`)]);
    }
  };

  // What stands beside `main` and around it, and `main` itself.
  const pieces = (element) => {
    if (element.localName === "main" || !element.querySelector("main")) return [element];
    return [...element.children].flatMap(pieces);
  };

  const parts = () => {
    found = [];
    split(document.body, "", found);
    return found.map((one) => one[1]);
  };

  const themed = async (theme) => {
    const html = document.documentElement;
    for (let tries = 0; tries < 400 && html.dataset.bsTheme !== theme; tries += 1) {
      await new Promise((resolve) => { setTimeout(resolve, 5); });
    }
    return html.dataset.bsTheme === theme;
  };

  const line = (one) => {
    const where = one.nodes.slice(0, 3).map((node) => {
      const checks = [...node.any, ...node.all, ...node.none];
      return `${node.html.slice(0, 200)} ${checks.map((check) => check.message).join(" ")}`;
    });
    return `${one.id} ×${one.nodes.length}: ${where.join(" / ")}`;
  };

  return {
    // The page as a whole, word by word.
    whole: () => pieces(document.body).map((one) => digest(told(one, true))),
    // The page as blocks without words.
    parts,
    // The same with all open that folds.
    opened: () => {
      const closed = document.querySelectorAll("details:not([open])");
      closed.forEach((one) => { one.open = true; });
      return closed.length ? parts() : found.map((one) => one[1]);
    },
    // Look at all but the blocks of these numbers, once the theme is there.
    check: async ({theme, options, without}) => {
      if (!(await themed(theme))) return [`the theme is not ${theme}`];
      const exclude = without.map((number) => found[number][0]).filter((one) => one.isConnected);
      const context = exclude.length ? {include: [document.documentElement], exclude} : document;
      const result = await axe.run(context, {...options, resultTypes: ["violations"]});
      return result.violations.map(line);
    },
  };
})();
