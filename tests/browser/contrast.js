// Elements whose text has less contrast with its ground than WCAG AA asks for (4.5 to 1); text in drawings is left out.
() => {
  const linear = (value) => (value /= 255) <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  const bright = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  const parse = (text) => text.match(/[\d.]+/g).map(Number);
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const [r, g, b, alpha = 1] = parse(getComputedStyle(at).backgroundColor);
      if (alpha === 1) return [r, g, b];
    }
    return [255, 255, 255];
  };
  const hasText = (element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
  const weak = [];
  for (const element of document.querySelectorAll("body *")) {
    if (element.closest("svg") || !hasText(element) || !element.checkVisibility()) continue;
    const ink = parse(getComputedStyle(element).color).slice(0, 3);
    const [light, dark] = [bright(ink), bright(ground(element))].sort((one, other) => other - one);
    const contrast = (light + 0.05) / (dark + 0.05);
    if (contrast < 4.5) weak.push(`${contrast.toFixed(2)} ${element.outerHTML.slice(0, 120)}`);
  }
  return weak;
}
