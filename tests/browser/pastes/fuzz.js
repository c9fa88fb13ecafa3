// Pastes a thousand random pieces of HTML into the first block; returns those that left something they must not.
(seed) => {
  let state = seed;
  const random = (most) => (state = (state * 1103515245 + 12345) % 2147483648) % most;
  const tags = ["p", "div", "ul", "ol", "li", "table", "tr", "td", "h1", "h5", "b", "span", "a", "script", "style", "svg",
    "iframe", "o:p", "v:shape", "blockquote", "pre", "img", "br", "del", "em", "form", "input", "template", "math", "video"];
  const attributes = ["onclick=alert(1)", "style='mso-list:l0 level" + (1 + seed % 9) + " lfo1'", "style='font-weight:700'",
    "href='javascript:alert(1)'", "href=https://example.org/å", "src=x onerror=alert(1)", "class=Mso", "id='f.body'", "name=x"];
  const words = ["Hej", "å ä ö", "&nbsp;", "&shy;", "<![if !x]>", "<!--[if mso]>x<![endif]-->", "1.", "·", "🙂", "]]>", "&lt;b"];
  const make = (depth) => {
    let html = "";
    for (let i = random(5); i >= 0; i--) {
      if (depth > 5 || random(3) === 0) { html += words[random(words.length)]; continue; }
      const tag = tags[random(tags.length)];
      const attribute = random(2) ? " " + attributes[random(attributes.length)] : "";
      html += `<${tag}${attribute}>${make(depth + 1)}${random(5) ? `</${tag}>` : ""}`;
    }
    return html;
  };
  const box = document.querySelector("[data-block='intro'] .rich-input");
  const field = document.querySelector("[data-block='intro'] textarea");
  const bad = [];
  const allowed = new Set(["P", "H3", "UL", "OL", "LI", "BR", "STRONG", "EM", "A"]);
  for (let turn = 0; turn < 1000; turn++) {
    const html = make(0);
    const data = new DataTransfer();
    data.setData("text/html", html);
    field.value = "";
    field.dispatchEvent(new Event("refill"));
    box.focus();
    box.dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true}));
    const page = new DOMParser().parseFromString(field.value, "text/html");
    for (const node of page.body.querySelectorAll("*")) {
      const names = node.getAttributeNames().filter((name) => node.tagName !== "A" || name !== "href");
      const isUnsafe = node.tagName === "A" && !/^(https?:|mailto:|tel:)/.test(node.getAttribute("href") ?? "");
      if (!allowed.has(node.tagName) || names.length || isUnsafe) bad.push([html, field.value]);
    }
  }
  return bad;
}
