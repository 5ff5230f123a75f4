// The versions of a workflow, and how two of them differ.

import { showDifferences } from "../flow/differences";

showDifferences();
