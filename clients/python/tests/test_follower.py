"""The rules by which a reader resumes."""

import unittest
from typing import Any

from profile_engagement_api import CloseError, ConnectionState, HistoryGap, NewEpoch, Notice, Position, UpstreamGap
from profile_engagement_api.follower import BackOff, Follower, Options


def hello(offset: int, recovered: bool = True, epoch: str = "a") -> dict[str, Any]:
    return {"type": "connected", "session_id": "s", "epoch": epoch, "offset": offset, "recovered": recovered, "keepalive_seconds": 15}


def event(offset: int, epoch: str = "a", **more: Any) -> dict[str, Any]:
    return {"offset": offset, "epoch": epoch, "id": str(offset), "type": "comment"} | more


class FollowerTest(unittest.TestCase):
    def follow(self, **options: Any) -> Follower:
        self.notices: list[Notice] = []
        return Follower(Options(**options), self.notices.append)

    def offsets(self, follower: Follower, *messages: Any) -> list[int]:
        return [one["offset"] for message in messages for one in follower.take(message).events]

    def test_it_goes_on_behind_the_last_event_and_drops_what_it_has_had(self) -> None:
        follower = self.follow(types=["comment", "gift"], user="ann")
        self.assertEqual(follower.query(), {"types": "comment,gift", "user": "ann"})
        self.assertEqual(self.offsets(follower, hello(4), [event(5), event(6)]), [5, 6])
        self.assertEqual(follower.query(), {"types": "comment,gift", "user": "ann", "after": "6", "epoch": "a"})
        self.assertEqual(self.offsets(follower, hello(6), event(5), event(6), event(7)), [7])

    def test_a_cut_before_the_first_event_resumes_where_the_connection_began(self) -> None:
        follower = self.follow()
        follower.take(hello(4))
        self.assertEqual(follower.query(), {"after": "4", "epoch": "a"})

    def test_the_start_is_now_the_oldest_or_a_position(self) -> None:
        self.assertEqual(self.follow().query(), {})
        self.assertEqual(self.follow(start="earliest").query(), {"after": "0"})
        self.assertEqual(self.follow(start=Position.parse("a:9")).query(), {"after": "9", "epoch": "a"})

    def test_a_lost_position_is_told_and_followed_live(self) -> None:
        follower = self.follow(start=Position(5, "a"))
        self.assertFalse(follower.take(hello(20, False, "b")).reopen)
        self.assertEqual(self.offsets(follower, event(21, "b")), [21])
        told = [notice for notice in self.notices if isinstance(notice, (NewEpoch, HistoryGap))]
        self.assertEqual(told, [NewEpoch("a", "b"), HistoryGap(Position(5, "a"), Position(20, "b"))])

    def test_a_position_that_is_lost_within_an_event_log_moves_to_where_live_events_begin(self) -> None:
        follower = self.follow(start=Position(5, "a"))
        follower.take(hello(40, False))
        self.assertEqual(follower.query(), {"after": "40", "epoch": "a"})

    def test_a_lost_position_can_be_followed_from_the_oldest_kept_event(self) -> None:
        follower = self.follow(start=Position(5, "a"), after_loss="earliest")
        self.assertTrue(follower.take(hello(20, False, "b")).reopen)
        self.assertEqual(follower.query(), {"after": "0"})
        self.assertEqual(self.offsets(follower, hello(0, True, "b"), event(1, "b"), event(2, "b")), [1, 2])
        follower = self.follow(start=Position(5, "a"), after_loss="earliest")
        self.assertTrue(follower.take(hello(40, False)).reopen)
        self.assertEqual(self.offsets(follower, hello(0), event(5), event(30)), [30])

    def test_each_close_code_ends_it_or_not_as_the_table_of_the_documents_says(self) -> None:
        for code in (1000, 1002, 1003, 1007, 1008, 1009, 4001, 4003, 4004):
            with self.assertRaises(CloseError) as raised:
                self.follow().closed(code, "why")
            self.assertEqual((raised.exception.code, raised.exception.reason), (code, "why"))
        for code in (1001, 1006, 1011, 1012, 4029):
            self.assertLess(self.follow().closed(code, ""), 1)
        self.assertGreaterEqual(self.follow().closed(4008, ""), 1)
        self.assertLess(self.follow(wait_for_session=True).closed(4004, ""), 1)
        self.assertEqual(self.follow().closed(4029, "", retry_after=7), 7)

    def test_refused_credentials_are_renewed_twice_if_they_can_be(self) -> None:
        follower = self.follow()
        for _ in range(2):
            follower.closed(4001, "", renewable=True)
        with self.assertRaises(CloseError):
            follower.closed(4001, "", renewable=True)

    def test_pauses_double_up_to_the_cap_and_begin_anew_after_an_event(self) -> None:
        for chance, pauses in ((0.0, [1, 2, 4, 4, 1]), (1.0, [0.5, 1, 2, 2, 0.5])):
            back_off = BackOff(1, 4, lambda chance=chance: chance)  # type: ignore[misc]
            taken = [back_off.next() for _ in range(4)]
            back_off.reset()
            self.assertEqual([*taken, back_off.next()], pauses)
        follower = self.follow()
        follower.closed(1006, "")
        follower.take(hello(0))
        self.assertEqual(follower.back_off.failures, 1)
        follower.take(event(1))
        self.assertEqual(follower.back_off.failures, 0)

    def test_the_time_without_data_from_tiktok_is_told(self) -> None:
        change = event(1, type="session", gap_ms=1500)
        self.follow().take(change)
        self.assertEqual(self.notices, [UpstreamGap(1500, change)])  # type: ignore[arg-type]

    def test_a_connection_may_be_silent_for_two_heartbeats(self) -> None:
        follower = self.follow(connect_timeout=3.0)
        self.assertEqual(follower.silence, 3.0)
        follower.take(hello(0))
        self.assertEqual(follower.silence, 35.0)
        follower.query()
        self.assertEqual(follower.silence, 3.0)

    def test_states_are_told(self) -> None:
        follower = self.follow()
        follower.query()
        follower.take(hello(0))
        states = [notice.state for notice in self.notices if isinstance(notice, ConnectionState)]
        self.assertEqual(states, ["connecting", "open"])

    def test_a_position_is_text_and_back(self) -> None:
        self.assertEqual(Position.parse(str(Position(7, "4709fe603535e935"))), Position(7, "4709fe603535e935"))
        for text in ("", "7", ":7", "a:", "a:x"):
            with self.assertRaises(ValueError):
                Position.parse(text)
