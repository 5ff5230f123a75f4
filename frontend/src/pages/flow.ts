// Pages with a diagram of a workflow.

import { mountFlows } from "../flow/mount";

mountFlows();
