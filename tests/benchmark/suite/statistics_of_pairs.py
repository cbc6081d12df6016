"""Medians and intervals of ratios that were measured in pairs."""

import random
import statistics

RESAMPLES = 2000


class Ratio:
    """Ours divided by the baseline: the median over the pairs and its 95 %
    bootstrap interval."""

    def __init__(self, ours, baseline):
        ratios = [a / b for a, b in zip(ours, baseline, strict=True)]
        self.median = statistics.median(ratios)
        # A fixed seed: the same figures give the same interval.
        chance = random.Random(1)
        medians = sorted(
            statistics.median(chance.choices(ratios, k=len(ratios)))
            for _ in range(RESAMPLES))
        self.low = medians[int(RESAMPLES * 0.025)]
        self.high = medians[int(RESAMPLES * 0.975) - 1]

    def __str__(self):
        return f"{self.median:.3f} [{self.low:.3f}, {self.high:.3f}]"

    def as_json(self):
        return {"median": round(self.median, 4), "low": round(self.low, 4),
                "high": round(self.high, 4)}
