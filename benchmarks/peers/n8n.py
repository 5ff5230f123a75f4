"""n8n: workflows started by webhooks, with its default database."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any, ClassVar

from benchmarks.peers.http_load import seconds_of
from benchmarks.peers.peer import STEPS, Peer
from benchmarks.peers.surroundings import Place, free_port, npm_environ, npm_folder, wait_for


class N8n(Peer):
    """One process in regular mode; every workflow is one call of a production webhook."""

    engine = "n8n"
    setup = (
        "1 process in regular mode, default database (SQLite), executions saved at their end as by default;"
        " Edit Fields nodes behind a production webhook that answers when the last node finished"
    )
    remarks: ClassVar = {
        "W2": "one request a workflow on 32 kept connections",
        "W3": "Split Out, Edit Fields, Aggregate",
    }
    workflows = 200

    def install(self) -> None:
        # The newest version of which every dependency was published when this was written. It needs Node.js 24.
        # Of its native modules, that of Kafka needs sources from elsewhere; those that it needs to start are built.
        self.folder = npm_folder(
            "n8n",
            ["install", "node@24"],
            ["install", "--ignore-scripts", "n8n@2.40.7"],
            ["rebuild", "sqlite3", "isolated-vm"],
        )

    def version(self) -> str:
        found = json.loads((self.folder / "node_modules" / "n8n" / "package.json").read_text())
        return str(found["version"])

    def start(self, place: Place) -> None:
        self.port = free_port()
        environ = {
            **npm_environ(self.folder), "N8N_USER_FOLDER": str(place.folder), "N8N_PORT": str(self.port),
            "N8N_LISTEN_ADDRESS": "127.0.0.1", "N8N_DIAGNOSTICS_ENABLED": "false", "N8N_LOG_LEVEL": "warn",
            "N8N_VERSION_NOTIFICATIONS_ENABLED": "false", "N8N_TEMPLATES_ENABLED": "false",
            "N8N_RUNNERS_BROKER_PORT": str(free_port()),
        }  # fmt: skip
        program = self.folder / "node_modules" / ".bin" / "n8n"
        for workload, nodes in self.workflow_nodes().items():
            file = place.folder / f"{workload}.json"
            file.write_text(json.dumps(_workflow(workload, nodes)))
            place.run([program, "import:workflow", f"--input={file}"], environ=environ)
            place.run([program, "publish:workflow", f"--id={_id(workload)}"], environ=environ)
        process = place.start("n8n", [program, "start"], environ=environ)
        # Its webhooks answer somewhat later than its own word that it is ready.
        for workload in self.workflow_nodes():
            wait_for(f"http://127.0.0.1:{self.port}/webhook/{workload}", seconds=180, process=process)

    def seconds(self, workload: str) -> float:
        count = self.workflows if workload == "W2" else 1
        return seconds_of(self.port, f"/webhook/{workload}", count, method="GET")

    def workflow_nodes(self) -> dict[str, list[dict[str, Any]]]:
        """What stands behind each webhook."""
        rows = {workload: [_first(), *[_step() for _ in range(count - 1)]] for workload, count in STEPS.items()}
        items = f"={{{{ Array.from({{length: {self.items}}}, (_, n) => ({{n}})) }}}}"
        each = [
            _set("items", items, "array"),
            {"type": "n8n-nodes-base.splitOut", "typeVersion": 1, "parameters": {"fieldToSplitOut": "items"}},
            _step(),
            {"type": "n8n-nodes-base.aggregate", "typeVersion": 1,
             "parameters": {"fieldsToAggregate": {"fieldToAggregate": [{"fieldToAggregate": "n"}]}}},
        ]  # fmt: skip
        return {**rows, "W3": each}


def _first() -> dict[str, Any]:
    return _set("n", "={{ 0 }}", "number")


def _step() -> dict[str, Any]:
    return _set("n", "={{ $json.n + 1 }}", "number")


def _set(name: str, value: str, kind: str) -> dict[str, Any]:
    assignment = {"id": name, "name": name, "value": value, "type": kind}
    return {
        "type": "n8n-nodes-base.set", "typeVersion": 3.4,
        "parameters": {"assignments": {"assignments": [assignment]}, "options": {}},
    }  # fmt: skip


def _id(workload: str) -> str:
    return f"benchmark{workload}"


def _workflow(workload: str, nodes: list[dict[str, Any]]) -> dict[str, Any]:
    webhook = {
        "type": "n8n-nodes-base.webhook", "typeVersion": 2, "webhookId": f"benchmark-{workload}",
        "parameters": {"path": workload, "httpMethod": "GET", "responseMode": "lastNode", "options": {}},
    }  # fmt: skip
    named = [
        {**node, "id": f"node-{place}", "name": f"node {place}", "position": [place * 200, 0]}
        for place, node in enumerate([webhook, *nodes])
    ]
    connections = {
        before["name"]: {"main": [[{"node": after["name"], "type": "main", "index": 0}]]}
        for before, after in pairwise(named)
    }
    return {
        "id": _id(workload), "name": workload, "nodes": named, "connections": connections,
        "settings": {"executionOrder": "v1"}, "active": False,
    }  # fmt: skip
