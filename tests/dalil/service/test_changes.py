"""Waiting for news: of one topic, of anything, and not for ever."""

from __future__ import annotations

import asyncio

from dalil.service.changes import Changes


def test_only_who_waits_for_that_topic_is_woken() -> None:
    async def play() -> None:
        changes = Changes()
        amina = asyncio.create_task(changes.after(0, 30, "custody", "amina"))
        anything = asyncio.create_task(changes.after(0, 30))
        youssef = asyncio.create_task(changes.after(0, 30, "custody", "youssef"))
        await asyncio.sleep(0)
        changes.tell("custody", "amina")
        assert await amina == 1
        assert await anything == 1
        assert not youssef.done()
        assert (changes.of("custody", "amina"), changes.of("custody", "youssef")) == (1, 0)
        changes.close()
        assert await youssef == 0

    asyncio.run(play())


def test_news_from_before_are_no_reason_to_wait() -> None:
    async def play() -> None:
        changes = Changes()
        changes.tell("custody", "amina")
        assert await changes.after(0, 30, "custody", "amina") == 1
        assert await changes.after(1, 0.01, "custody", "amina") == 1  # the time is up
        changes.close()
        assert await changes.after(1, 30, "custody", "amina") == 1

    asyncio.run(play())
