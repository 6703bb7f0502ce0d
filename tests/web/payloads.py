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
# What would become markup, script, a template's or a log's control if a page took it for its own; "zq" marks it.
BREAKS = ("", '">', "'>", "`>", "-->", "]]>", "</title>", "</textarea>", "</script>", "</style>", "</template>")
TAGS = ("zq-tag onzq=1", "zq-tag/onzq=1", "zq-tag\tonzq=1", "svg onload=zq()", "img src=x onerror=zq()")
NAMES = ("onzq", "zq-name", "hx-on:zq")
OF_HTMX = ("hx-get", "hx-post", "hx-on", "hx-vals", "style", "srcdoc", "formaction", "is")
SCHEMES = ("javascript:", "JaVaScRiPt:", "java\tscript:", " javascript:", "vbscript:", "data:,")
BRACES = (("{{", "}}"), ("${", "}"), ("#{", "}"), ("<%=", "%>"), ("*{", "}"))
MARKUP = (
    *(f"{before}<{tag}>" for before in BREAKS for tag in TAGS),
    *(f"{quote}{gap}{name}={quote}zq{quote}" for quote in "\"'`" for gap in " /\t" for name in NAMES),
    *(f"<zq-tag {name}=zq>" for name in OF_HTMX),
    *(f"{scheme}zq()" for scheme in SCHEMES),
    *(f"zq{before}7*7{after}zq" for before, after in BRACES),
    *(f"{{% {tag} %}}zq" for tag in ("now 'Y'", "debug", "include 'base.html'", "load static", "csrf_token")),
    *(f"{first}zq|' /C calc'!A0" for first in "=+-@\t\r"),
    *(f"zq\r\n{line}" for line in ("Zq-Header: 1", "Set-Cookie: zq=1", "\r\n<zq-tag>", '{"event": "zq_line"}')),
    *(f"zq\x1b{code}" for code in ("[2J", "[31m", "]0;zq\x07", "]8;;https://evil.test\x07", "c", "[6n")),
    *(f"zq{turn}gnp.exe" for turn in "\u202e\u202d\u2066\u2067\u2068\u200f\u061c"),
    *(f"zq{one}zq" for one in ("\x07", "\x08", "\x7f", "\x85", "\u2028", "\u2029", "\ufeff", "\u200b", "\u00ad")),
    "&lt;zq-tag&gt;",
    "&#60;zq-tag&#62;",
    "\\u003czq-tag\\u003e",
    "%3Czq-tag%3E",
    "<!--zq",
    "<![CDATA[<zq-tag>]]>",
    "<?zq ?>",
    "<zq-tag",
    "zq</body></html>",
    "//evil.test/zq",
    "https://evil.test/zq",
    "\\\\evil.test\\zq",
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
