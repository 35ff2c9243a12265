"""When a peer counts as silent."""

from skontro.service.peers.known_heads import KnownHeads
from skontro.service.peers.peers import SILENT_SECONDS, Peers, _Known


def test_a_peer_is_silent_until_its_first_answer_and_five_seconds_after_the_last() -> None:
    now = [100.0]
    peers = Peers({"KG-RTGS": "http://localhost:1"}, now=lambda: now[0])
    assert peers.is_silent("KG-RTGS")
    peers._known["KG-RTGS"] = _Known(KnownHeads("KG-RTGS"), heard_at=100.0)
    assert SILENT_SECONDS == 5.0
    for later, silent in ((0.0, False), (5.0, False), (5.001, True)):
        now[0] = 100.0 + later
        assert peers.is_silent("KG-RTGS") is silent
    assert peers.is_silent("UZ-RTGS")
    peers.stop()
