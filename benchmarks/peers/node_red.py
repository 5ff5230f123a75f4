"""Node-RED: messages through a flow of nodes, in the memory of one process."""

from __future__ import annotations

import json
from typing import Any, ClassVar

from benchmarks.peers.http_load import seconds_of
from benchmarks.peers.peer import STEPS, Peer
from benchmarks.peers.surroundings import Place, free_port, npm_environ, npm_folder, wait_for

SETTINGS = "module.exports = {uiHost: '127.0.0.1', disableEditor: true, logging: {console: {level: 'warn'}}}\n"


class NodeRed(Peer):
    """One process; every workflow is one HTTP request answered at the end of the flow."""

    engine = "Node-RED"
    setup = "1 process, editor disabled; in memory: nothing is recorded; function nodes between http in and response"
    remarks: ClassVar = {"W2": "one request a workflow on 32 kept connections", "W3": "split, function, join"}

    def install(self) -> None:
        self.folder = npm_folder("node-red", ["install", "node-red@4"])

    def version(self) -> str:
        found = json.loads((self.folder / "node_modules" / "node-red" / "package.json").read_text())
        return str(found["version"])

    def start(self, place: Place) -> None:
        environ = npm_environ(self.folder)
        (place.folder / "settings.js").write_text(SETTINGS)
        (place.folder / "flows.json").write_text(json.dumps(self.flows()))
        self.port = free_port()
        program = self.folder / "node_modules" / ".bin" / "node-red"
        command = [program, "--userDir", place.folder, "--port", str(self.port), "flows.json"]
        process = place.start("node-red", command, environ=environ)
        wait_for(f"http://127.0.0.1:{self.port}/ready", seconds=60, process=process)

    def seconds(self, workload: str) -> float:
        return seconds_of(self.port, f"/{workload}", self.workflows if workload == "W2" else 1)

    def flows(self) -> list[dict[str, Any]]:
        """The three flows."""
        step = "msg.payload = {n: msg.payload.n + 1}; return msg;"
        nodes: list[dict[str, Any]] = [{"id": "tab", "type": "tab", "label": "bench"}]
        for workload, count in STEPS.items():
            bodies = ["msg.payload = {n: 0}; return msg;", *[step] * (count - 1)]
            nodes += _chain(workload, [{"type": "function", "func": body} for body in bodies])
        items = f"msg.payload = Array.from({{length: {self.items}}}, (_, n) => ({{n}})); return msg;"
        nodes += _chain("W3", [
            {"type": "function", "func": items},
            {"type": "split", "arraySplt": 1, "arraySpltType": "len", "splt": "\\n", "spltType": "str"},
            {"type": "function", "func": step},
            {"type": "join", "mode": "auto"},
            {"type": "function", "func": "msg.payload = {n: msg.payload.length}; return msg;"},
        ])  # fmt: skip
        return nodes + _chain("ready", [], method="get")


def _chain(workload: str, middle: list[dict[str, Any]], method: str = "post") -> list[dict[str, Any]]:
    nodes = [{"type": "http in", "url": f"/{workload}", "method": method}, *middle, {"type": "http response"}]
    common = {"z": "tab", "x": 100, "y": 100, "outputs": 1}
    return [
        {**common, **node, "id": f"{workload}-{place}",
         "wires": [[f"{workload}-{place + 1}"]] if place + 1 < len(nodes) else []}
        for place, node in enumerate(nodes)
    ]  # fmt: skip
