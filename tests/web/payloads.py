"""What somebody with bad intent would type, and where they would put it."""

from tests.web.world import MISSING

PAYLOADS: tuple[bytes, ...] = (
    b"",
    b" ",
    b"\0",
    b"a\0b",
    b"\xff\xfe",
    b"\xc0\xaf",
    b"\xed\xa0\x80",
    b"\xed\xb0\x80x",
    b"\xf4\x90\x80\x80",
    b"x\r\nZq-Header: 1",
    b"\r\n\r\n<zq-tag onzq=1>",
    b"\x1b[2J\x1b]0;zq\x07",
    b"\x07\x08\x7f",
    "\u202etxt.exe".encode(),
    "\u2066\u2069\u200b\ufeff".encode(),
    "\u200d".encode(),
    "\U0001d160".encode() * 60,
    "\ufb2c".encode() * 60,
    "İ".encode() * 60,
    "ß".encode() * 61,
    b"zq{{7*7}}zq",
    b"zq{% now 'Y' %}",
    b"${7*7}zq",
    b"%00",
    b"<zq-tag onzq=1>",
    b'"><zq-tag onzq=1>',
    b"' onzq='1",
    b'" onzq="1',
    b"</textarea><zq-tag>",
    b"</title><zq-tag>",
    b"javascript:zq()",
    b"//evil.test/",
    b"https://evil.test",
    b"\\\\evil.test",
    b"http://[",
    b"/\t/evil.test",
    b"0",
    b"-1",
    b"1e999999",
    b"-1E-999999",
    b"NaN",
    b"sNaN",
    b"Infinity",
    b"9" * 30,
    b"9" * 5000,
    b"0x10",
    b"1_0",
    b"1.5",
    "١٢٣".encode(),
    b"true",
    b"null",
    b"[]",
    b"{}",
    b"[" * 5000,
    b"' OR 1=1--",
    b"../../etc/passwd",
    b"%2e%2e/",
    b"=cmd|' /C calc'!A0",
    b"00000000-0000-0000-0000-00000000000g",
    b"{" + MISSING.encode() + b"}",
    b"urn:uuid:" + MISSING.encode(),
    b"A" * 300,
    b"A" * 3000,
    b"a," * 4000,
    b"BTC/USDT," * 100,
    b"2026-13-45",
    b"0000-00-00",
    b"99999-01-01",
    b"None",
)
LONG = (b"A" * 102_400, b"\xf0\x9f\x92\xa5" * 25_600, b"a=b&" * 25_600, b"\n" * 102_400, b"-----BEGIN " * 10_240)
# What the routes read, and what only a guess would send.
QUERY = """
    next status q page market venue connection token e o p all _facets id__exact pk__in
    owner__password__startswith queued_at__gte queued_at__year at__year at__month at__day deleted_at__isempty
    status__exact state__exact is_active__exact _popup _to_field _changelist_filters app_label model_name
    field_name term connection__venue__exact date_joined__gte
""".split()  # noqa: SIM905 - a list of one word per line would fill the page
HEADERS = """
    Host Origin Referer User-Agent Accept Accept-Language Accept-Encoding Authorization X-Forwarded-For
    X-Forwarded-Host X-Forwarded-Proto X-Real-IP X-Request-ID X-Correlation-ID X-HTTP-Method-Override
    X-CSRFToken HX-Request HX-Current-URL HX-Target HX-Trigger Triggering-Event HX-Current-URL-URI-AutoEncoded
    If-Modified-Since If-None-Match Range Cookie2 Transfer-Encoding Forwarded Via Expect
""".split()  # noqa: SIM905 - a list of one word per line would fill the page
COOKIES = """
    session csrf messages sessionid zq
""".split()  # noqa: SIM905 - a list of one word per line would fill the page
GUESSES = """
    owner owner_id state attempt is_staff is_superuser public_id url hostname proxy options next action
    _selected_action index select_across post _method __class__ name[] csrfmiddlewaretoken _save
    form-TOTAL_FORMS actions password email
""".split()  # noqa: SIM905 - a list of one word per line would fill the page
TYPES = (
    "text/plain",
    "application/json",
    "application/xml",
    "multipart/form-data",
    "multipart/form-data; boundary=",
    "multipart/form-data; boundary=\x00",
    "application/x-www-form-urlencoded; charset=utf-16",
    "zq/zq; charset=zq",
    "application/x-www-form-urlencoded; charset=zq",
    "multipart/form-data; boundary=" + "b" * 300,
    "",
    "\xff",
)
