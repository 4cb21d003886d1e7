package peer

import (
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// Proxies are the networks of the proxies that are believed.
type Proxies []netip.Prefix

// ParseProxies reads addresses and networks such as 10.0.0.0/8.
func ParseProxies(list []string) (Proxies, error) {
	var all Proxies
	for _, text := range list {
		p, err := netip.ParsePrefix(text)
		if err != nil {
			a, errAddr := netip.ParseAddr(text)
			if errAddr != nil {
				return nil, fmt.Errorf("%.80q is no address and no network such as 10.0.0.0/8", text)
			}
			p = netip.PrefixFrom(a.WithZone(""), a.BitLen())
		}
		if p.Addr().Is4In6() {
			return nil, fmt.Errorf("%.80q: write it as an IPv4 network", text)
		}
		all = append(all, p.Masked())
	}
	return all, nil
}

// Trust reports whether an address is that of a proxy. Who comes without an address comes by a
// Unix socket, and is one.
func (p Proxies) Trust(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	for _, prefix := range p {
		if prefix.Contains(a) {
			return true
		}
	}
	return !a.IsValid()
}

// maxHops bounds the addresses that are read of a chain of proxies.
const maxHops = 16

// Client returns who a request comes from, if that is a proxy: the last address of
// X-Forwarded-For that is not a proxy's, and whether X-Forwarded-Proto says https. What
// further proxies have written before that is anybody's word and not looked at. If ok is
// false, nothing is forwarded, or nobody who is trusted says so.
func (p Proxies) Client(r *http.Request) (client netip.Addr, https, ok bool) {
	if !p.Trust(Parse(r.RemoteAddr)) {
		return netip.Addr{}, false, false
	}
	https = strings.EqualFold(r.Header.Get("X-Forwarded-Proto"), "https")
	lines := r.Header["X-Forwarded-For"]
	hops := 0
	for _, line := range slices.Backward(lines) {
		rest, more := line, true
		for more && hops < maxHops {
			at := strings.LastIndexByte(rest, ',')
			more = at >= 0
			a, err := parseHop(strings.TrimSpace(rest[at+1:]))
			if err != nil {
				return client, https, client.IsValid()
			}
			if client = a; !p.Trust(a) {
				return client, https, true
			}
			if hops++; more {
				rest = rest[:at]
			}
		}
	}
	return client, https, client.IsValid()
}

// parseHop reads an address, with or without a port.
func parseHop(text string) (netip.Addr, error) {
	if a, err := netip.ParseAddrPort(text); err == nil {
		return a.Addr().Unmap().WithZone(""), nil
	}
	a, err := netip.ParseAddr(strings.Trim(text, "[]"))
	return a.Unmap().WithZone(""), err
}
