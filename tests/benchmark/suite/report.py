"""What a run found: tables, goals, JSON."""

import json


class Report:
    def __init__(self):
        self.goals = []
        self.results = {}

    def at_least(self, name, value, goal, unit=""):
        self._goal(name, value, goal, value >= goal, "≥", unit)

    def at_most(self, name, value, goal, unit=""):
        self._goal(name, value, goal, value <= goal, "≤", unit)

    def holds(self, name, is_so, told):
        """A goal that is no number."""
        self.goals.append({"goal": name, "met": is_so, "told": told})

    def keep(self, workload, result):
        self.results[workload] = result

    def met(self):
        return sum(goal["met"] for goal in self.goals)

    def print(self):
        print("\nGoals")
        for goal in self.goals:
            print(f"  {'met  ' if goal['met'] else 'SHORT'}  {goal['goal']}: "
                  f"{goal['told']}")
        print(f"{self.met()} goals met, {len(self.goals) - self.met()} short")

    def write(self, path, settings):
        path.write_text(json.dumps({"settings": settings, "goals": self.goals,
                                    "results": self.results}, indent=1) + "\n")

    def _goal(self, name, value, goal, met, sign, unit):
        off = abs(value - goal) / goal
        told = f"{value:.3f}{unit}, goal {sign} {goal:.3g}{unit}"
        if not met:
            told += f", short by {off:.1%}"
        self.goals.append({"goal": name, "met": met, "told": told,
                           "value": value, "bound": goal})


def table(title, header, rows):
    """Prints columns: the first to the left, the others to the right."""
    rows = [header] + [[str(cell) for cell in row] for row in rows]
    widths = [max(len(row[i]) for row in rows) for i in range(len(header))]
    print(f"\n{title}")
    for row in rows:
        print("  " + row[0].ljust(widths[0]) + "".join(
            "  " + cell.rjust(width)
            for cell, width in zip(row[1:], widths[1:])))
