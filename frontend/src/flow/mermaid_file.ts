/** The diagram's mermaid text as a file that stands alone: with the colours that our pages give by their stylesheet. */

const COLOURS = [
  "classDef flow-end fill:#8f857a,stroke:#8f857a",
  "classDef flow-dot fill:#8f857a,stroke:#8f857a",
  "classDef flow-choice fill:#f5eefc,stroke:#9478d8",
  "classDef flow-approval fill:#faf0dc,stroke:#d99a1c",
  "classDef flow-wait fill:#f1ede8,stroke:#8f857a",
  "classDef flow-call fill:#f6f3ef,stroke:#8f857a",
  "classDef flow-foreach-call fill:#f6f3ef,stroke:#8f857a",
  "classDef flow-guarded stroke-dasharray:2 3",
  "classDef flow-closed fill:#f6f3ef,stroke:#8f857a,stroke-dasharray:5 3",
  "classDef flow-unknown fill:#f6f3ef,stroke:#8f857a",
  "classDef flow-box fill:#f3f8fe,stroke:#79b4f8,stroke-dasharray:6 4",
];

/** `text` with the colours of the classes that it names. */
export function mermaidFile(text: string): string {
  const used = COLOURS.filter((one) => new RegExp(`[ ,:]${one.split(" ")[1]}(?![\\w-])`, "u").test(text));
  return `${[text, ...used].join("\n")}\n`;
}
