// The workflow editor.

import { mountEditor } from "../editor/app";

const host = document.getElementById("editor");
if (host) mountEditor(host);
