"""Writes python3.jsonl: what Python's json module makes of documents.

A line is [INPUT, OUTPUT]: the bytes of a document, one character for each, and what
json.dumps writes of what json.load read of it, or null where it refused.
"""
import io, json, random, sys

rng = random.Random(4)
documents = [
    b'', b' ', b'null', b'true', b'false', b' [ ] ', b'{}', b'{ }', b'[[[]]]', b'nul', b'nullx', b'null null', b'None',
    b'0', b'-0', b'-0.0', b'0.0', b'00', b'01', b'-', b'-a', b'+1', b'1.', b'.5', b'1.e3', b'1e', b'1e+', b'1E5', b'1e5', b'1e-5',
    b'0.0001', b'0.00001', b'123456789012345678901234567890', b'-98765432109876543210', b'1e15', b'1e16', b'1e17', b'9999999999999999.0',
    b'123456789012345680.0', b'1.5e300', b'1e400', b'-1e400', b'1e-400', b'5e-324', b'2.2250738585072014e-308', b'1.7976931348623157e308',
    b'0.1', b'0.30000000000000004', b'1.10', b'100.0', b'1E+02', b'3.141592653589793238462643', b'1e22', b'1e23', b'NaN', b'Infinity',
    b'-Infinity', b'nan', b'-NaN', b'Inf', b'+Infinity', b'[NaN,Infinity,-Infinity]', b'1' * 4300, b'1' * 4301, b'-' + b'1' * 4300, b'-' + b'1' * 4301,
    b'0.' + b'3' * 5000, b'1' * 5000 + b'.0', b'1' * 5000 + b'e0',
    b'[1,]', b'[,1]', b'[1 2]', b'[1', b'[', b']', b'{', b'{"a"}', b'{"a":}', b'{"a":1,}', b'{"a":1 "b":2}', b'{a:1}', b"{'a':1}", b'{1:2}',
    b'{"a" : 1 , "b":[ 2,3 ] }', b'{"a":1,"b":2,"a":3}', b'{"b":1,"a":{"z":1,"y":2,"z":{}},"b":null}', b'{"":{"":""}}', b'{"__proto__":1}',
    b'"', b'"abc', b'"\\', b'"\\u', b'"\\u12', b'"\\u12"', b'"\\u123g"', b'"\\x41"', b'"\\u+123"', b'"\\U0041"', b'"\\u00E9\\u00e9"',
    b'"\\"\\\\\\/\\b\\f\\n\\r\\t"', b'"/"', b'"\x7f"', b'"\x1f"', b'"\x00"', b'"\t"', b'"a\nb"', b'"\\u0000\\u001f\\u007f\\u0080\\u00ff"',
    b'"\\ud83d\\ude00"', b'"\\uD83D\\uDE00"', b'"\\ud83d"', b'"\\ude00"', b'"\\ude00\\ud83d"', b'"\\ud83d\\ud83d\\ude00"', b'"\\ud83d\\u0041"',
    b'"\\ud83dx"', b'"\\ud83d\\"', b'"\\ud83d\\n"', b'"\\ud83d\\u12"', b'"\\ud83d\\uzzzz"', b'"\\udbff\\udfff"', b'"\\uffff\\ufffd\\ufeff"',
    '"\u00e9\u20ac\ufffd\uffff\U0001f600\U0010ffff"'.encode(), '{"\u00fc":1,"\\u00fc":2}'.encode(), b'{"\\ud800":1,"\\uD800":2}',
    b'\xef\xbb\xbf{}', b'"\xff"', b'"\xc3"', b'"\xc0\x80"', b'"\xed\xa0\x80"', b'"\xf4\x90\x80\x80"', b'\xff', b'[1] \xe9',
    '"\u2028\u2029"'.encode(), '\u00a0[]'.encode(), b'\x0b[]', b'\x0c[]', b'\r\n\t []\r\n', b'[1]\x00', b'// x\n[]', b'[/**/]',
    '"\u0661"'.encode(), '\u0661'.encode(), b'1_000', b'0x10', b'1e1_0', b'[' * 500 + b']' * 500, b'{"a":' * 300 + b'1' + b'}' * 300,
]


def text():
    alphabet = ['a', 'b', '"', '\\', '/', ' ', '\n', '\x00', '\x7f', '\u00e9', '\u20ac', '\ud800', '\udfff', '\U0001f600', '\u2028', '(1)']
    return ''.join(rng.choice(alphabet) for _ in range(rng.randrange(6)))


def number():
    return rng.choice([
        lambda: rng.randrange(-1000, 1000), lambda: rng.randrange(-10**30, 10**30), lambda: rng.uniform(-1, 1), lambda: rng.uniform(-1, 1) * 10**rng.randrange(-320, 308),
        lambda: float(rng.randrange(10**18)), lambda: float('inf'), lambda: round(rng.uniform(0, 1e6), 3), lambda: 10.0**rng.randrange(-10, 25)])()


def value(depth):
    kind = rng.randrange(8 if depth < 4 else 5)
    if kind < 2: return text()
    if kind < 4: return number()
    if kind == 4: return rng.choice([None, True, False])
    if kind == 5: return [value(depth + 1) for _ in range(rng.randrange(4))]
    return {text(): value(depth + 1) for _ in range(rng.randrange(5))}


def spoil(data):
    data = bytearray(data)
    for _ in range(rng.randrange(1, 4)):
        at = rng.randrange(len(data) + 1)
        what = rng.randrange(3)
        if what == 0: data[at:at + 1] = b''
        elif what == 1: data[at:at] = bytes([rng.choice(b'[]{}",:\\u0123dDeE.-+ \n\t\x80\xc3nNtfI')])
        else: data[at:at + 1] = bytes([rng.randrange(256)])
    return bytes(data)


for _ in range(400):
    v = value(0)
    form = json.dumps(v, ensure_ascii=True, indent=rng.choice([None, None, 1]))
    if rng.randrange(2):
        try: form = json.dumps(v, ensure_ascii=False); form.encode()
        except UnicodeEncodeError: form = json.dumps(v)
    documents.append(form.encode())
    if form:
        documents.append(spoil(form.encode()))

for data in documents:
    try:
        out = json.dumps(json.load(io.TextIOWrapper(io.BytesIO(data), encoding='utf-8')))
    except (ValueError, RecursionError):
        out = None
    print(json.dumps([data.decode('latin-1'), out]))
