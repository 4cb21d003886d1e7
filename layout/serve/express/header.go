package express

// header is one that a plain request may have.
type header uint8

const (
	unknown header = iota
	host
	connection
	te
	acceptEncoding
	ifNoneMatch
	ifModifiedSince
	userAgent
	accept
	acceptLanguage
	cacheControl
	pragma
	juliaProtocol
	juliaVersion
	juliaSystem
	juliaVariables
	juliaInteractive
	juliaServer
)

// headers are all that there are, in small letters. Of the last ones no handler takes notice.
var headers = [...]struct {
	name string
	is   header
}{
	{"host", host},
	{"connection", connection},
	{"te", te},
	{"accept-encoding", acceptEncoding},
	{"if-none-match", ifNoneMatch},
	{"if-modified-since", ifModifiedSince},
	{"user-agent", userAgent},
	{"accept", accept},
	{"accept-language", acceptLanguage},
	{"cache-control", cacheControl},
	{"pragma", pragma},
	{"julia-pkg-protocol", juliaProtocol},
	{"julia-version", juliaVersion},
	{"julia-system", juliaSystem},
	{"julia-ci-variables", juliaVariables},
	{"julia-interactive", juliaInteractive},
	{"julia-pkg-server", juliaServer},
}

// headerOf returns the header of a name, in letters of any size.
func headerOf(name []byte) header {
	for i := range headers {
		if foldEqual(name, headers[i].name) {
			return headers[i].is
		}
	}
	return unknown
}

// foldEqual reports whether b is small, which has no capital letter, when its own are made small.
func foldEqual(b []byte, small string) bool {
	if len(b) != len(small) {
		return false
	}
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		if c != small[i] {
			return false
		}
	}
	return true
}
