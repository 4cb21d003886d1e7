package fetch

import (
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// curlSchemes are the schemes that just-mr's curl knows. Others, ssh among them,
// make a URL that has no host for the purpose of sorting.
var curlSchemes = map[string]bool{"http": true, "https": true, "ftp": true, "ftps": true, "tftp": true, "file": true}

// hostname returns the host of a URL as curl's URL parser sees it, which is what
// just-mr sorts by: without user and port, IPv6 in brackets, in the case in which
// it was written. Spaces are allowed in the URL; a scheme is not guessed.
func hostname(raw string) (string, bool) {
	for i := range len(raw) {
		if raw[i] < ' ' || raw[i] == 0x7f {
			return "", false
		}
	}
	scheme, rest, ok := strings.Cut(raw, ":")
	scheme = strings.ToLower(scheme)
	if !ok || !curlSchemes[scheme] {
		return "", false
	}
	after := strings.TrimLeft(rest, "/")
	slashes := len(rest) - len(after)
	if scheme == "file" {
		return "", slashes != 2 && slashes != 0
	}
	if slashes < 1 || slashes > 3 {
		return "", false
	}
	authority := after
	if end := strings.IndexAny(after, "/?#"); end >= 0 {
		authority = after[:end]
	}
	if _, host, found := strings.Cut(authority, "@"); found {
		authority = host
	}
	if strings.HasPrefix(authority, "[") {
		return ipv6Host(authority)
	}
	host, port, _ := strings.Cut(authority, ":")
	if !portOK(port) {
		return "", false
	}
	host, err := url.PathUnescape(host)
	if err != nil || host == "" || strings.ContainsAny(host, "\x00\t\r\n /:#?!@{}[]\\$'\"^`*<>=;,+&()") {
		return "", false
	}
	return ipv4Host(host), true
}

func portOK(port string) bool {
	if port == "" {
		return true
	}
	_, err := strconv.ParseUint(port, 10, 16)
	return err == nil
}

// ipv6Host reads "[ADDRESS%ZONE]:PORT". The zone is no part of the host.
func ipv6Host(authority string) (string, bool) {
	inside, after, ok := strings.Cut(authority[1:], "]")
	if !ok || after != "" && (after[0] != ':' || !portOK(after[1:])) {
		return "", false
	}
	inside, _, _ = strings.Cut(inside, "%")
	ip, err := netip.ParseAddr(inside)
	if err != nil || !ip.Is6() {
		return "", false
	}
	return "[" + ip.String() + "]", true
}

// ipv4Host writes the numeric forms of an IPv4 address that curl knows (127.1,
// 0x7f000001, octal) in the usual one. Anything else is a name and stays.
func ipv4Host(host string) string {
	parts := strings.Split(host, ".")
	if len(parts) > 4 {
		return host
	}
	var value uint64
	for i, p := range parts {
		if p == "" || strings.ContainsAny(p, "_bBoO") {
			return host
		}
		n, err := strconv.ParseUint(p, 0, 32) // 0x: hexadecimal; leading 0: octal
		if err != nil {
			return host
		}
		if i < len(parts)-1 {
			if n > 255 {
				return host
			}
			value |= n << (24 - 8*i)
			continue
		}
		if n >= 1<<(8*(5-len(parts))) {
			return host
		}
		value |= n
	}
	return netip.AddrFrom4([4]byte{byte(value >> 24), byte(value >> 16), byte(value >> 8), byte(value)}).String()
}

// SortByHost returns urls with those of the preferred hosts first: for each host
// of the list its URLs, in their order, then all others in theirs. The notion of
// a host is that of just-mr: no port, no user, IPv6 in brackets, case as written;
// URLs of schemes that curl does not know, such as ssh, have none.
func SortByHost(urls, preferred []string) []string {
	if len(preferred) == 0 {
		return urls
	}
	out := make([]string, 0, len(urls))
	taken := make([]bool, len(urls))
	for _, want := range preferred {
		for i, u := range urls {
			if host, ok := hostname(u); ok && host == want && !taken[i] {
				taken[i] = true
				out = append(out, u)
			}
		}
	}
	for i, u := range urls {
		if !taken[i] {
			out = append(out, u)
		}
	}
	return out
}
