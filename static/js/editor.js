// Names the parts of the text editor in German: the library has them in English only.
"use strict";

const GERMAN = {
  "paragraph": "Absatz", "Paragraph": "Absatz", "bold": "fett", "blockquote": "Zitat",
  "unordered list": "Liste", "ordered list": "nummerierte Liste", "undo": "rückgängig",
  "redo": "wiederholen", "insert link": "Link einfügen", "remove link": "Link entfernen",
  "Heading 2": "Überschrift 2", "Heading 3": "Überschrift 3", "Heading 4": "Überschrift 4",
};

function translate(root) {
  for (const element of root.querySelectorAll(".prose-editor [title], .prose-menubar [title]")) {
    if (element.title in GERMAN) element.title = GERMAN[element.title];
  }
  for (const element of root.querySelectorAll(".prose-menubar p, .prose-menubar h2, .prose-menubar h3, .prose-menubar h4")) {
    if (element.textContent in GERMAN) element.textContent = GERMAN[element.textContent];
  }
  for (const editor of root.querySelectorAll(".rich-text [contenteditable]:not([aria-label])")) {
    const label = editor.closest(".form-row")?.querySelector("label");
    if (label) editor.setAttribute("aria-label", label.textContent.trim().replace(/:$/, ""));
  }
}

document.addEventListener("DOMContentLoaded", () => {
  translate(document);
  const observer = new MutationObserver(() => translate(document));
  observer.observe(document.body, { childList: true, subtree: true });
});
