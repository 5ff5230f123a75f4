/** Looks of the text, in the console's colours, which the shadow root inherits as variables. */

import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { EditorView } from "@codemirror/view";
import { tags } from "@lezer/highlight";

const MUTED = "var(--tblr-secondary-color)";
const LINE = "1px solid var(--tblr-border-color)";

const THEME = EditorView.theme({
  "&": { height: "100%", color: "var(--tblr-body-color)", backgroundColor: "var(--tblr-bg-surface)", fontSize: "13px" },
  "&.cm-focused": { outline: "2px solid var(--focus)", outlineOffset: "-2px" },
  ".cm-scroller": { fontFamily: "var(--tblr-font-monospace)", lineHeight: "1.55" },
  ".cm-content": { caretColor: "var(--tblr-body-color)", padding: "8px 0" },
  ".cm-cursor": { borderLeftColor: "var(--tblr-body-color)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": { backgroundColor: "color-mix(in srgb, var(--focus) 28%, transparent)" },
  ".cm-gutters": { backgroundColor: "var(--tblr-bg-surface-secondary)", color: MUTED, borderRight: LINE },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "var(--tblr-bg-hover)" },
  ".cm-matchingBracket": { backgroundColor: "var(--tblr-primary-lt)", outline: "1px solid var(--tblr-primary)" },
  ".cm-foldPlaceholder": { backgroundColor: "var(--tblr-bg-surface-tertiary)", border: LINE, color: "inherit", padding: "0 4px" },
  ".cm-tooltip": { backgroundColor: "var(--tblr-bg-surface)", border: LINE, borderRadius: "8px", boxShadow: "0 12px 34px rgb(30 18 8 / 18%)" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: "var(--tblr-font-monospace)", maxHeight: "16em" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": { padding: "3px 8px" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { backgroundColor: "var(--tblr-primary-lt)", color: "var(--tblr-body-color)" },
  ".cm-completionInfo": { padding: "6px 10px", maxWidth: "22em", fontFamily: "var(--tblr-font-sans-serif)" },
  ".cm-completionDetail": { color: MUTED, fontStyle: "normal" },
  ".cm-diagnostic-error": { borderLeftColor: "var(--tblr-danger)" },
  ".cm-lintRange-error": { backgroundImage: "none", textDecoration: "underline wavy var(--tblr-danger)", textUnderlineOffset: "3px" },
  ".cm-panels": { backgroundColor: "var(--tblr-bg-surface-secondary)", color: "inherit", borderBottom: LINE, fontFamily: "var(--tblr-font-sans-serif)" },
  ".cm-panels-bottom": { borderTop: LINE },
  ".cm-search": { padding: "8px 36px 8px 10px !important" },
  ".cm-textfield": { backgroundColor: "var(--tblr-bg-forms)", border: LINE, borderRadius: "6px", color: "inherit", padding: "4px 8px" },
  ".cm-button": { backgroundImage: "none", backgroundColor: "var(--tblr-bg-surface)", border: LINE, borderRadius: "6px", color: "inherit", padding: "4px 10px", minHeight: "28px" },
  ".cm-panel.cm-search [name=close]": { color: "inherit", fontSize: "20px", width: "28px", height: "28px" },
  ".cm-searchMatch": { backgroundColor: "var(--tblr-warning-lt)", outline: "1px solid var(--tblr-warning)" },
  ".cm-searchMatch-selected": { backgroundColor: "color-mix(in srgb, var(--tblr-warning) 45%, transparent)" },
});

const COLOURS = HighlightStyle.define([
  { tag: tags.propertyName, color: "var(--tblr-info)" },
  { tag: tags.string, color: "var(--tblr-success)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--tblr-warning)" },
  { tag: [tags.separator, tags.brace, tags.squareBracket], color: MUTED },
]);

export const LOOKS = [THEME, syntaxHighlighting(COLOURS)];
