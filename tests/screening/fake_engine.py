"""A second engine that obeys names: for tests of what the pool does with it.

``python fake_engine.py DAY``: *Hold* and *Reject* in a name are the outcome; *Die*, *Sleep* and
*Babble* are what the process does.
"""

import json
import os
import sys
import time

READY = {"digest": "fake", "max_age_days": 7, "lists": [{"name": "Fake", "published": sys.argv[1]}]}


def main() -> None:
    print(json.dumps({"ready": READY}), flush=True)  # noqa: T201
    for line in sys.stdin:
        asked = json.loads(line)
        names = " ".join(party["name"] for party in asked["parties"])
        if "Die" in names:
            os._exit(1)
        if "Sleep" in names:
            time.sleep(600)
        if "Babble" in names:
            print("passed", flush=True)  # noqa: T201
            continue
        outcomes = [
            "held"
            if "Hold" in party["name"]
            else "rejected"
            if "Reject" in party["name"]
            else "passed"
            for party in asked["parties"]
        ]
        screened = [{"outcome": outcome, "reason": f"fake {outcome}"} for outcome in outcomes]
        print(json.dumps({"number": asked["number"], "screened": screened}), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
