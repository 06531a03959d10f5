"""Passwords that many people choose, and what is made of them or of the own name by adding and swapping signs."""

from __future__ import annotations

import re

# Letters that people write as digits or signs.
_SWAPPED = str.maketrans("013457@$!|", "oieastasil")
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm", "abcdefghijklmnopqrstuvwxyz", "01234567890123456789")
# What the published lists of broken accounts begin with, by its letters alone, and what is usual in China.
_LISTED = """
password passwort passwd passw0rd pass admin administrator root user guest login welcome letmein changeme default
secret master monkey dragon football baseball basketball soccer hockey iloveyou sunshine princess shadow superman
batman trustno michael jennifer jordan hunter killer pepper ginger summer winter spring autumn freedom whatever
starwars computer internet samsung google facebook microsoft windows server oracle mysql test tester testing temp
hello love woaini woaiwojia nihao aini iamyours mima mimamima wodemima guanliyuan zhongguo china beijing shanghai
taobao alibaba tencent weixin wechat qqqq company finance money bank loan cheliu chelu daikuan chedai qwerty qwert
qwertyuiop asdf asdfgh asdfghjkl zxcv zxcvbn zxcvbnm qazwsx qazwsxedc qweasd qweasdzxc abc abcd abcdef aaa aaaa
aaaaaa abcabc asd qaz wsx qwe qweqwe asdasd zxczxc dearbook buzhidao wangyut
"""
_WORDS = frozenset(_LISTED.split())
_RUN_MIN = 6


def is_common(password: str, username: str = "") -> bool:
    """Whether the letters of the password, signs and digits undone, are a common word, a run of keys or the name.

    >>> is_common("P@ssw0rd2026!"), is_common("Blue-Lantern-42")
    (True, False)
    """
    plain = password.lower()
    core = re.sub("^[^a-z]+|[^a-z]+$", "", plain)
    letters = {re.sub("[^a-z]", "", core), re.sub("[^a-z]", "", core.translate(_SWAPPED))}
    name = re.sub("[^a-z]", "", username.lower())
    words = {_halved(each) for each in letters}
    if words & _WORDS or letters & _WORDS or (len(name) > 2 and name in letters | words):
        return True
    return _is_run(plain) or len(set(plain)) <= 3


def _halved(word: str) -> str:
    """``abcabc`` is ``abc`` typed twice."""
    half = word[: len(word) // 2]
    return half if half and half * 2 == word else word


def _is_run(plain: str) -> bool:
    """Whether most of it is one run of neighbouring keys, letters or digits, forward or backward."""
    longest = 0
    for row in (*_ROWS, *(row[::-1] for row in _ROWS)):
        for start in range(len(plain)):
            length = 1
            while start + length <= len(plain) and plain[start : start + length] in row:
                length += 1
            longest = max(longest, length - 1)
    return longest >= _RUN_MIN and longest * 2 > len(plain)
