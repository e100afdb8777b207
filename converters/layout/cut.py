"""Minimum cut: Dinic's algorithm on integer capacities of any size.

E. A. Dinic, "Algorithm for solution of a problem of maximum flow in a network with power estimation", Soviet Math. Doklady 11 (1970).
Own code because scipy's maximum_flow takes 32-bit capacities only (64-bit ones are cut off in silence) and tensor sizes exceed them.
"""

from collections import deque

INFINITE = 1 << 90


class CutNetwork:
    """A directed network. Nodes are ints from `node()`; node 0 is the source, node 1 the sink."""

    SOURCE, SINK = 0, 1

    def __init__(self) -> None:
        self._edges: list[list[int]] = [[], []]
        self._to: list[int] = []
        self._capacity: list[int] = []

    def node(self) -> int:
        self._edges.append([])
        return len(self._edges) - 1

    def edge(self, tail: int, head: int, capacity: int) -> None:
        """A directed edge; capacity in any unit, `INFINITE` for one that must not be cut."""
        if tail == head or capacity <= 0:
            return
        for start, end, size in ((tail, head, capacity), (head, tail, 0)):
            self._edges[start].append(len(self._to))
            self._to.append(end)
            self._capacity.append(size)

    def solve(self) -> tuple[int, list[bool]]:
        """(the cut's capacity, for each node whether it is on the source's side).

        The side is directed residual reachability from the source, so of all minimum cuts the one nearest to the source.
        """
        flow = 0
        while True:
            level = self._levels()
            if level[self.SINK] < 0:
                return flow, [at >= 0 for at in level]
            cursor = [0] * len(self._edges)
            while pushed := self._augment(level, cursor):
                flow += pushed

    def _levels(self) -> list[int]:
        level = [-1] * len(self._edges)
        level[self.SOURCE] = 0
        queue = deque([self.SOURCE])
        while queue:
            tail = queue.popleft()
            for edge in self._edges[tail]:
                head = self._to[edge]
                if level[head] < 0 and self._capacity[edge] > 0:
                    level[head] = level[tail] + 1
                    queue.append(head)
        return level

    def _augment(self, level: list[int], cursor: list[int]) -> int:
        """Push flow along one path of the level graph (iterative depth-first search); 0 where none is left."""
        path: list[int] = []
        tail = self.SOURCE
        while tail != self.SINK:
            edges = self._edges[tail]
            while cursor[tail] < len(edges):
                edge = edges[cursor[tail]]
                if self._capacity[edge] > 0 and level[self._to[edge]] == level[tail] + 1:
                    break
                cursor[tail] += 1
            else:
                if not path:
                    return 0
                last = path.pop()
                tail = self._to[last ^ 1]
                cursor[tail] += 1
                continue
            path.append(edge)
            tail = self._to[edge]
        pushed = min(self._capacity[edge] for edge in path)
        for edge in path:
            self._capacity[edge] -= pushed
            self._capacity[edge ^ 1] += pushed
        return pushed
